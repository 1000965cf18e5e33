/// Names one request, in answers and logs: a random UUID (RFC 9562, version 4).
enum AuditID {
    private static let digits = Array("0123456789abcdef".utf8)

    /// A new one.
    static func make() -> String {
        let high = UInt64.random(in: .min ... .max) & ~0xf000 | 0x4000
        let low = UInt64.random(in: .min ... .max) & ~(3 << 62) | 2 << 62
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for (position, half) in [high, low].enumerated() {
            for nibble in 0..<16 {
                let index = position * 16 + nibble
                if [8, 12, 16, 20].contains(index) { text.append(UInt8(ascii: "-")) }
                text.append(digits[Int(half >> UInt64(60 - nibble * 4) & 15)])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
