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

/// Base64 with the alphabet for URLs and without padding (RFC 4648, section 5).
enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// The text of these bytes.
    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 4 / 3 + 3)
        var bits = 0
        var count = 0
        for byte in bytes {
            bits = (bits << 8 | Int(byte)) & 0xffff
            count += 8
            while count >= 6 {
                count -= 6
                text.append(alphabet[bits >> count & 63])
            }
        }
        if count > 0 { text.append(alphabet[bits << (6 - count) & 63]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a text, also of one with the usual alphabet and padding; nil where it is none.
    static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits = 0
        var count = 0
        for character in text.utf8 where character != UInt8(ascii: "=") {
            let value: Int
            switch character {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = Int(character - UInt8(ascii: "A"))
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = Int(character - UInt8(ascii: "a")) + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = Int(character - UInt8(ascii: "0")) + 52
            case UInt8(ascii: "-"), UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "_"), UInt8(ascii: "/"): value = 63
            default: return nil
            }
            bits = (bits << 6 | value) & 0xffff
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> count))
            }
        }
        return bytes
    }
}
