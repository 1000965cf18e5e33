/// Bytes as text (RFC 4648, section 4), as JSON carries them.
public enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")
    /// At each byte, the digit's value; 0xff where it is no digit.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xff, count: 256)
        for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt8(value) }
        return values
    }()

    /// The text of some bytes, with padding.
    public static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        append(bytes, to: &text)
        return text
    }

    static func append(_ bytes: [UInt8], to text: inout [UInt8]) {
        let digits = digits
        text.reserveCapacity(text.count + (bytes.count + 2) / 3 * 4)
        var index = 0
        while index + 3 <= bytes.count {
            let group = UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2])
            text.append(digits[Int(group >> 18)])
            text.append(digits[Int(group >> 12 & 63)])
            text.append(digits[Int(group >> 6 & 63)])
            text.append(digits[Int(group & 63)])
            index += 3
        }
        switch bytes.count - index {
        case 1:
            let group = UInt32(bytes[index]) << 4
            text += [digits[Int(group >> 6)], digits[Int(group & 63)], padding, padding]
        case 2:
            let group = UInt32(bytes[index]) << 10 | UInt32(bytes[index + 1]) << 2
            text += [digits[Int(group >> 12)], digits[Int(group >> 6 & 63)], digits[Int(group & 63)], padding]
        default: break
        }
    }

    /// The bytes of a text; nil where it is none. Padding may be missing; bits that say nothing are ignored.
    public static func decode(_ text: some RandomAccessCollection<UInt8>) -> [UInt8]? {
        let values = values
        var text = text[...]
        var paddingCount = 0
        while paddingCount < 2, text.last == padding {
            text = text.dropLast()
            paddingCount += 1
        }
        guard text.count % 4 != 1, paddingCount == 0 || (text.count + paddingCount) % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3 + 2)
        var group: UInt32 = 0
        var count = 0
        for digit in text {
            let value = values[Int(digit)]
            guard value != 0xff else { return nil }
            group = group << 6 | UInt32(value)
            count += 1
            if count == 4 {
                bytes.append(UInt8(truncatingIfNeeded: group >> 16))
                bytes.append(UInt8(truncatingIfNeeded: group >> 8))
                bytes.append(UInt8(truncatingIfNeeded: group))
                (group, count) = (0, 0)
            }
        }
        if count == 2 { bytes.append(UInt8(truncatingIfNeeded: group >> 4)) }
        if count == 3 {
            bytes.append(UInt8(truncatingIfNeeded: group >> 10))
            bytes.append(UInt8(truncatingIfNeeded: group >> 2))
        }
        return bytes
    }
}

extension JSONReader {
    /// Reads a string of base64, and returns its bytes.
    public mutating func readBase64() throws(JSONError) -> [UInt8] {
        guard try nextByte() == UInt8(ascii: "\"") else { throw mismatch("a string of base64") }
        let start = offset
        let string = try scanString()
        let decoded =
            string.isEscaped
            ? Base64.decode(Array(try text(of: string).utf8)) : Base64.decode(bytes[string.start..<string.end])
        guard let decoded else { throw JSONError(offset: start, reason: "the string is not base64") }
        return decoded
    }
}
