/// The hashes by which peers compare what they have; equal on all machines and in all versions.
///
/// Not cryptographic: whoever may speak in the mesh has the cluster's token. A collision delays an entry until the next
/// change of it.
enum EntryHash {
    /// The hash of a key: its place in the key space.
    static func key(kind: UInt8, name: [UInt8]) -> UInt64 {
        finish(absorb(name, into: 0x7472_616d_6100_0000 | UInt64(kind)))
    }

    /// The hash of a key, a version and a value together.
    static func fingerprint(key: UInt64, version: UInt64, value: [UInt8]) -> UInt64 {
        finish(absorb(value, into: mix(key, version)))
    }

    /// Takes bytes in, eight at a time, and their number.
    private static func absorb(_ bytes: [UInt8], into start: UInt64) -> UInt64 {
        var hash = start
        var word: UInt64 = 0
        var filled = 0
        for byte in bytes {
            word = word << 8 | UInt64(byte)
            filled += 1
            if filled & 7 == 0 {
                hash = mix(hash, word)
                word = 0
            }
        }
        return mix(mix(hash, word), UInt64(filled))
    }

    private static func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let product = (hash ^ word) &* 0x9e37_79b9_7f4a_7c15
        return product ^ product >> 32
    }

    /// SplitMix64's finalizer (Steele, Lea, Flood 2014).
    private static func finish(_ value: UInt64) -> UInt64 {
        var hash = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        hash = (hash ^ hash >> 27) &* 0x94d0_49bb_1331_11eb
        return hash ^ hash >> 31
    }
}
