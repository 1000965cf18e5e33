/// A hash that is the same in every process and on every machine: 64-bit FNV-1a, its bits then mixed as MurmurHash3
/// does, so that any of them may be taken.
enum StableHash {
    /// The hash of texts, one after the other, each with its end.
    static func of(_ texts: String...) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for text in texts {
            for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
            hash = (hash ^ 0xff) &* 0x0000_0100_0000_01b3  // no byte of UTF-8
        }
        hash = (hash ^ hash >> 33) &* 0xff51_afd7_ed55_8ccd
        hash = (hash ^ hash >> 33) &* 0xc4ce_b9fe_1a85_ec53
        return hash ^ hash >> 33
    }
}
