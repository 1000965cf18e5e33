/// Writes JSON, value by value, at the end of its bytes.
///
/// The caller opens and closes objects and arrays, and names the members of objects; commas come by themselves:
///
///     var writer = JSONWriter()
///     writer.beginObject()
///     writer.member("kind", "Event")
///     writer.name("metadata")
///     writer.beginObject()
///     …
///     writer.endObject()
///     writer.endObject()
public struct JSONWriter: Sendable {
    /// What was written.
    public private(set) var bytes: [UInt8] = []
    /// Whether the next value or name is not the first of its object or array.
    private var needsComma = false

    /// A writer that has written nothing.
    public init() {}

    // MARK: Objects and arrays

    /// Opens an object.
    public mutating func beginObject() { begin(UInt8(ascii: "{")) }

    /// Closes the innermost object.
    public mutating func endObject() { end(UInt8(ascii: "}")) }

    /// Opens an array.
    public mutating func beginArray() { begin(UInt8(ascii: "[")) }

    /// Closes the innermost array.
    public mutating func endArray() { end(UInt8(ascii: "]")) }

    private mutating func begin(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func end(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    /// Names the next value, in an object.
    public mutating func name(_ name: String) {
        separate()
        appendQuoted(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    // MARK: Values

    /// Writes a string.
    public mutating func value(_ string: String) {
        separate()
        appendQuoted(string)
    }

    /// Writes a whole number.
    public mutating func value(_ number: Int) {
        separate()
        bytes.append(contentsOf: String(number).utf8)
    }

    /// Writes `true` or `false`.
    public mutating func value(_ bool: Bool) {
        separate()
        bytes.append(contentsOf: (bool ? "true" : "false").utf8)
    }

    /// Writes bytes as a string of base64.
    public mutating func value(base64 content: [UInt8]) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        Base64.append(content, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Writes `null`.
    public mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
    }

    /// Writes a value that is JSON already; nobody checks that it is.
    public mutating func value(verbatim json: String) {
        separate()
        bytes.append(contentsOf: json.utf8)
    }

    // MARK: Members

    /// Writes a member of an object; nothing where there is no value.
    public mutating func member(_ name: String, _ string: String?) {
        guard let string else { return }
        self.name(name)
        value(string)
    }

    /// Writes a member of an object; nothing where there is no value.
    public mutating func member(_ name: String, _ number: Int?) {
        guard let number else { return }
        self.name(name)
        value(number)
    }

    /// Writes a member of an object; nothing where there is no value.
    public mutating func member(_ name: String, _ bool: Bool?) {
        guard let bool else { return }
        self.name(name)
        value(bool)
    }

    // MARK: Strings

    private mutating func appendQuoted(_ string: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x0a: bytes.append(contentsOf: "\\n".utf8)
            case 0x0d: bytes.append(contentsOf: "\\r".utf8)
            case 0x09: bytes.append(contentsOf: "\\t".utf8)
            case 0..<0x20:
                let hex = String(byte, radix: 16)
                bytes.append(contentsOf: (hex.utf8.count == 1 ? "\\u000" : "\\u00").utf8)
                bytes.append(contentsOf: hex.utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
