import JSON
import Storage

/// Where a list that was cut off goes on: opaque to clients, base64 of JSON.
///
/// Source: `k8s.io/apiserver/pkg/storage/continue.go`.
struct ContinueToken: Sendable, Hashable {
    /// The state that is listed; nil for the present one, after the first was forgotten.
    var revision: Revision?
    /// The first key that is listed, without the kind's prefix.
    var start: String

    private static let version = "meta.k8s.io/v1"
    /// No token of ours is longer: names have at most 253 bytes, namespaces 63.
    private static let lengthLimit = 2_048

    /// A token from its parts.
    init(revision: Revision?, start: String) {
        self.revision = revision
        self.start = start
    }

    /// Reads a token; nil for what is none.
    init?(_ text: String) {
        guard text.utf8.count <= Self.lengthLimit, let bytes = Base64URL.decode(text) else { return nil }
        guard let value = try? JSONValue(json: bytes), value["v"]?.string == Self.version else { return nil }
        guard let start = value["start"]?.string, !start.isEmpty, let number = value["rv"]?.integer else { return nil }
        guard number == -1 || number > 0 else { return nil }
        revision = number == -1 ? nil : Revision(Int64(number))
        self.start = start
    }

    /// The token.
    var text: String {
        let value: JSONValue = [
            "v": .string(Self.version), "rv": .integer(revision?.rawValue ?? -1), "start": .string(start),
        ]
        return Base64URL.encode(value.json)
    }
}
