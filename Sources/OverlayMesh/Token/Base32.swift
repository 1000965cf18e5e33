/// Crockford's base 32 in lower case: five bits a character, no padding, and no letter that looks like a digit.
enum Base32 {
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// The characters for the bytes; unused bits of the last one are zero.
    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var pending: UInt32 = 0
        var bitCount = 0
        for byte in bytes {
            pending = pending << 8 | UInt32(byte)
            bitCount += 8
            while bitCount >= 5 {
                bitCount -= 5
                text.append(alphabet[Int(pending >> UInt32(bitCount) & 31)])
            }
            pending &= (1 << UInt32(bitCount)) - 1
        }
        if bitCount > 0 { text.append(alphabet[Int(pending << UInt32(5 - bitCount) & 31)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// The whole bytes that the characters hold.
    ///
    /// Upper case counts as lower case; `o` is zero, `i` and `l` are one.
    ///
    /// - Throws: Where the first other character stands, from 0.
    static func decode(_ text: some Sequence<UInt8>) throws(InvalidCharacter) -> [UInt8] {
        var bytes: [UInt8] = []
        var pending: UInt32 = 0
        var bitCount = 0
        for (offset, character) in text.enumerated() {
            guard let value = value(of: character) else { throw InvalidCharacter(offset: offset) }
            pending = pending << 5 | value
            bitCount += 5
            if bitCount >= 8 {
                bitCount -= 8
                bytes.append(UInt8(truncatingIfNeeded: pending >> UInt32(bitCount)))
                pending &= (1 << UInt32(bitCount)) - 1
            }
        }
        return bytes
    }

    /// A character that stands for no number.
    struct InvalidCharacter: Error, Equatable {
        /// Its place in the text, from 0.
        var offset: Int
    }

    private static func value(of character: UInt8) -> UInt32? {
        let isUpperCase = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(character)
        switch isUpperCase ? character | 0x20 : character {
        case UInt8(ascii: "o"): return 0
        case UInt8(ascii: "i"), UInt8(ascii: "l"): return 1
        case let lower: return alphabet.firstIndex(of: lower).map(UInt32.init)
        }
    }
}
