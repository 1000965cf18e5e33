// What the reader says of bytes that it did not expect.

extension JSONReader {
    var unexpectedEnd: JSONError {
        JSONError(offset: bytes.count, reason: "unexpected end of JSON input")
    }

    /// The next byte is not one that can stand here.
    func unexpected(_ expected: String) -> JSONError {
        guard offset < bytes.count else { return unexpectedEnd }
        let byte = bytes[offset]
        let found =
            (0x21...0x7e).contains(byte)
            ? "'\(Unicode.Scalar(byte))'" : "byte 0x\(byte < 16 ? "0" : "")\(String(byte, radix: 16))"
        return JSONError(offset: offset, reason: "not JSON: found \(found), expected \(expected)")
    }

    /// A value begins here, but not one of the right type; or no value.
    func mismatch(_ expected: String) -> JSONError {
        var probe = self
        let start = offset
        guard (try? probe.skipValue()) != nil else { return unexpected(expected) }
        let found: String
        switch bytes[start] {
        case UInt8(ascii: "{"): found = "an object"
        case UInt8(ascii: "["): found = "an array"
        default:
            // Long texts are cut: the reader of the error knows where to look.
            let limit = 64
            let text = bytes[start..<min(probe.offset, start + limit)]
            found = String(decoding: text, as: UTF8.self) + (probe.offset > start + limit ? "…" : "")
        }
        let isQuoted = bytes[start] == UInt8(ascii: "\"")
        let remedy: String
        switch expected {
        case "a string": remedy = ", in quotes"
        case "an object", "an array": remedy = ""
        default: remedy = isQuoted ? ", without quotes" : ""
        }
        return JSONError(offset: start, reason: "Invalid value: \(found): must be \(expected)\(remedy)")
    }
}
