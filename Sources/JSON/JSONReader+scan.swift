// The parts of JSONReader that look at bytes.

extension JSONReader {
    /// What stands between two quotes.
    package struct ScannedString {
        /// The first byte after the opening quote.
        package var start: Int
        /// The closing quote.
        package var end: Int
        /// Whether there are backslashes in it.
        package var isEscaped: Bool

        /// A string whose place in the bytes is known, without its quotes.
        package init(_ range: Range<Int>, isEscaped: Bool) {
            start = range.lowerBound
            end = range.upperBound
            self.isEscaped = isEscaped
        }
    }

    /// Whether it is one of `0` to `9`.
    package static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    // MARK: White space

    /// Goes to the next value, so that ``offset`` is its first byte.
    public mutating func skipWhitespace() {
        while offset < bytes.count {
            let byte = bytes[offset]
            guard byte <= 0x20, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else { return }
            offset += 1
        }
    }

    /// Skips white space and returns the byte there, without reading it.
    @inline(__always)
    package mutating func nextByte() throws(JSONError) -> UInt8 {
        if offset < bytes.count, bytes[offset] > 0x20 { return bytes[offset] }
        skipWhitespace()
        guard offset < bytes.count else { throw unexpectedEnd }
        return bytes[offset]
    }

    // MARK: Strings

    /// Reads a string, from its opening quote, without looking into its escapes.
    package mutating func scanString() throws(JSONError) -> ScannedString {
        let string = try scannedString(from: offset + 1)
        offset = string.end + 1
        return string
    }

    private func scannedString(from start: Int) throws(JSONError) -> ScannedString {
        var position = start
        var isEscaped = false
        let span = bytes.span
        let count = span.count
        while true {
            // Eight bytes at a time, as long as none of them ends the string, begins an escape or is a control.
            while position + 8 <= count {
                let word = span.bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self)
                let found = Self.specialBytes(in: UInt64(littleEndian: word))
                guard found == 0 else {
                    position += found.trailingZeroBitCount / 8
                    break
                }
                position += 8
            }
            guard position < count else { throw unexpectedEnd }
            let byte = span[position]
            if byte == UInt8(ascii: "\"") {
                return ScannedString(start..<position, isEscaped: isEscaped)
            }
            if byte == UInt8(ascii: "\\") {
                isEscaped = true
                position += try escapeLength(at: position)
            } else if byte < 0x20 {
                throw JSONError(offset: position, reason: "a control character in a string must be written as \\u00..")
            } else {
                position += 1
            }
        }
    }

    /// Has the highest bit of each byte set that is a quote, a backslash or below 0x20; bytes after the first of them
    /// may have it set wrongly.
    @inline(__always)
    private static func specialBytes(in word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let quotes = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslashes = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        return ((quotes &- ones) & ~quotes | (backslashes &- ones) & ~backslashes | (word &- ones &* 0x20) & ~word)
            & highs
    }

    /// How many bytes the escape at `position` takes.
    private func escapeLength(at position: Int) throws(JSONError) -> Int {
        guard position + 1 < bytes.count else { throw unexpectedEnd }
        switch bytes[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return 2
        case UInt8(ascii: "u"):
            guard hexNumber(at: position + 2) != nil else {
                throw JSONError(offset: position, reason: "\\u must be followed by four hexadecimal digits")
            }
            return 6
        default:
            throw JSONError(offset: position, reason: "a backslash must be followed by one of \"\\/bfnrtu")
        }
    }

    /// The four hexadecimal digits from `position` on.
    private func hexNumber(at position: Int) -> UInt32? {
        guard position + 4 <= bytes.count else { return nil }
        var value: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    /// The text of a string that was scanned.
    package func text(of string: ScannedString) throws(JSONError) -> String {
        guard !string.isEscaped else { return String(decoding: try unescape(string), as: UTF8.self) }
        return String(decoding: bytes[string.start..<string.end], as: UTF8.self)
    }

    /// The bytes that a string with escapes means.
    func unescape(_ string: ScannedString) throws(JSONError) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(string.end - string.start)
        var position = string.start
        while position < string.end {
            let byte = bytes[position]
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                position += 1
                continue
            }
            let escape = bytes[position + 1]
            position += 2
            switch escape {
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0c)
            case UInt8(ascii: "n"): result.append(0x0a)
            case UInt8(ascii: "r"): result.append(0x0d)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "u"):
                let scalar = unescapedScalar(at: &position)
                result.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            default: result.append(escape)
            }
        }
        return result
    }

    /// The character of the escape whose digits begin at `position`; takes in the second half of a surrogate pair.
    private func unescapedScalar(at position: inout Int) -> Unicode.Scalar {
        let replacement: Unicode.Scalar = "\u{fffd}"
        guard let unit = hexNumber(at: position) else { return replacement }
        position += 4
        guard (0xd800..<0xdc00).contains(unit) else { return Unicode.Scalar(unit) ?? replacement }
        guard
            position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u"),
            let low = hexNumber(at: position + 2), (0xdc00..<0xe000).contains(low)
        else { return replacement }
        position += 6
        return Unicode.Scalar(0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00)) ?? replacement
    }

    // MARK: Numbers and literals

    /// Reads a number; false where it has a fraction or an exponent.
    package mutating func scanNumber() throws(JSONError) -> Bool {
        if bytes[offset] == UInt8(ascii: "-") { offset += 1 }
        let first = offset
        guard scanDigits() > 0 else { throw unexpected("a digit") }
        guard bytes[first] != UInt8(ascii: "0") || offset == first + 1 else {
            throw JSONError(offset: first, reason: "a number must not begin with a zero")
        }
        var isWhole = true
        if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
            isWhole = false
            offset += 1
            guard scanDigits() > 0 else { throw unexpected("a digit") }
        }
        if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            offset += 1
            if offset < bytes.count, bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-") {
                offset += 1
            }
            guard scanDigits() > 0 else { throw unexpected("a digit") }
        }
        return isWhole
    }

    private mutating func scanDigits() -> Int {
        let start = offset
        while offset < bytes.count, Self.isDigit(bytes[offset]) { offset += 1 }
        return offset - start
    }

    mutating func readLiteral(_ literal: StaticString) throws(JSONError) {
        let end = offset + literal.utf8CodeUnitCount
        let matches = literal.withUTF8Buffer { expected in
            end <= bytes.count && bytes[offset..<end].elementsEqual(expected)
        }
        guard matches else { throw unexpected("\(literal)") }
        offset = end
    }
}
