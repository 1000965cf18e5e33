/// The 32 bytes of a WireGuard key, and their two texts.
///
/// Private: keys that are secret and keys that are not are different types, so that none is printed by mistake.
struct KeyBytes: Sendable, Hashable {
    /// Size of every key of the protocol (`WG_KEY_LEN`).
    static let byteCount = 32

    /// 32 zeros, which stand for no key.
    static var zeros: [UInt8] { [UInt8](repeating: 0, count: byteCount) }

    /// The key; always 32 bytes.
    let bytes: [UInt8]

    init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = Array(bytes)
    }

    // MARK: Hexadecimal, as UAPI has it

    init?(hex text: some StringProtocol) {
        var bytes: [UInt8] = []
        var pending: UInt8?
        guard text.utf8.count == 2 * Self.byteCount else { return nil }
        for digit in text.utf8 {
            guard let value = Character(Unicode.Scalar(digit)).hexDigitValue else { return nil }
            if let first = pending {
                bytes.append(first << 4 | UInt8(value))
                pending = nil
            } else {
                pending = UInt8(value)
            }
        }
        self.init(bytes)
    }

    var hex: String {
        var text = ""
        text.reserveCapacity(2 * Self.byteCount)
        for byte in bytes {
            if byte < 16 { text += "0" }
            text += String(byte, radix: 16)
        }
        return text
    }

    // MARK: Base64, as people have it

    init?(base64 text: some StringProtocol) {
        let digits = Array(text.utf8)
        // 32 bytes are ten groups of three and one of two: 43 digits and one "=".
        guard digits.count == 44, digits.last == UInt8(ascii: "=") else { return nil }
        var bytes: [UInt8] = []
        var accumulator: UInt32 = 0
        var bitCount: UInt32 = 0
        for digit in digits.dropLast() {
            guard let value = Self.base64Value(of: digit) else { return nil }
            accumulator = (accumulator << 6 | value) & 0xffff
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                bytes.append(UInt8(truncatingIfNeeded: accumulator >> bitCount))
            }
        }
        // The two bits left over say nothing, and are zero in the one text that a key has.
        guard accumulator & 0b11 == 0 else { return nil }
        self.init(bytes)
    }

    var base64: String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var digits: [UInt8] = []
        digits.reserveCapacity(44)
        var accumulator: UInt32 = 0
        var bitCount: UInt32 = 0
        for byte in bytes {
            accumulator = (accumulator << 8 | UInt32(byte)) & 0xffff
            bitCount += 8
            while bitCount >= 6 {
                bitCount -= 6
                digits.append(alphabet[Int(accumulator >> bitCount & 0x3f)])
            }
        }
        digits.append(alphabet[Int(accumulator << (6 - bitCount) & 0x3f)])
        digits.append(UInt8(ascii: "="))
        return String(decoding: digits, as: UTF8.self)
    }

    private static func base64Value(of digit: UInt8) -> UInt32? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
