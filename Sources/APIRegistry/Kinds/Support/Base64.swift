/// Base64 with padding, as `bytes` stand in JSON (RFC 4648, section 4).
enum Base64 {
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The base64 of a text's UTF-8.
    static func encode(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        result.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let group = bytes[index..<min(index + 3, bytes.count)]
            let number = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - group.count))
            for position in 0..<4 {
                let isPadding = position > group.count
                result.append(isPadding ? UInt8(ascii: "=") : letters[Int(number >> (18 - 6 * UInt32(position)) & 63)])
            }
            index += 3
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The bytes that base64 stands for; nil where it is none.
    static func decode(_ text: String) -> [UInt8]? {
        let bytes = Array(text.utf8)
        guard bytes.count % 4 == 0 else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count / 4 * 3)
        let paddingCount = bytes.suffix(2).count { $0 == UInt8(ascii: "=") }
        var number: UInt32 = 0
        for (index, byte) in bytes.dropLast(paddingCount).enumerated() {
            guard let value = value(of: byte) else { return nil }
            number = number << 6 | value
            if index % 4 == 3 {
                result += [UInt8(truncatingIfNeeded: number >> 16), UInt8(truncatingIfNeeded: number >> 8)]
                result.append(UInt8(truncatingIfNeeded: number))
                number = 0
            }
        }
        switch paddingCount {
        case 1: result += [UInt8(truncatingIfNeeded: number >> 10), UInt8(truncatingIfNeeded: number >> 2)]
        case 2: result.append(UInt8(truncatingIfNeeded: number >> 4))
        default: break
        }
        return result
    }

    private static func value(of byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
