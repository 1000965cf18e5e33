import JSON
import KubernetesAPI

/// A line that is one JSON object, read to its end.
struct JSONLine {
    /// The keys of the object, in order.
    let keys: [String]

    init?(_ line: some StringProtocol) {
        var keys: [String] = []
        var reader = JSONReader(Array(line.utf8))
        do {
            try reader.beginObject()
            while let key = try reader.nextKey() {
                keys.append(key)
                try reader.skipValue()
            }
            try reader.finish()
        } catch {
            return nil
        }
        self.keys = keys
    }
}
