/// A text that is another one for other bytes: FNV-1a in 128 bits.
enum ContentHash {
    /// The hash in upper-case hexadecimal digits.
    static func text(of bytes: [UInt8]) -> String {
        let prime: UInt128 = 1 << 88 + 0x13b
        var hash: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
        for byte in bytes {
            hash ^= UInt128(byte)
            hash = hash &* prime
        }
        let digits = String(hash, radix: 16, uppercase: true)
        return String(repeating: "0", count: 32 - digits.utf8.count) + digits
    }
}
