import JSON

/// Objects without all but their metadata (`meta.k8s.io` `PartialObjectMetadata`), from their bytes.
public enum PartialObject {
    /// The object's metadata as an object of its own.
    ///
    /// - Parameters:
    ///   - object: JSON of an object.
    ///   - version: That of `meta.k8s.io`: `v1` or `v1beta1`.
    public static func json(of object: [UInt8], version: String = "v1") -> [UInt8] {
        var bytes: [UInt8] = []
        append(object, version: version, to: &bytes)
        return bytes
    }

    /// The same, at the end of `bytes`.
    static func append(_ object: [UInt8], version: String, to bytes: inout [UInt8]) {
        bytes += #"{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/\#(version)","metadata":"#.utf8
        if let range = range(of: "metadata", in: object) {
            bytes += object[range]
        } else {
            bytes += "{}".utf8
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// Where the value of a member stands in the bytes of an object; nil where there is none, or no object.
    public static func range(of member: String, in object: [UInt8]) -> Range<Int>? {
        var reader = JSONReader(object)
        do {
            try reader.beginObject()
            while let name = try reader.nextKey() {
                let start = reader.offset
                try reader.skipValue()
                if name == member { return start..<reader.offset }
            }
        } catch {
            // Stored objects are JSON; of anything else nothing is shown.
        }
        return nil
    }
}
