/// Makes numbers that nobody without the key can foretell, though they see all the others.
///
/// SipHash-2-4 (Aumasson, Bernstein 2012) of a counter: a peer that we probe learns its cookies but not another's.
struct CookieSource: Sendable {
    private let key: (UInt64, UInt64)
    private var counter: UInt64 = 0

    /// A source with a key made of `seed`.
    init(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        key = (generator.next(), generator.next())
    }

    /// The next cookie.
    mutating func next() -> UInt64 {
        counter &+= 1
        var state = (
            key.0 ^ 0x736f_6d65_7073_6575, key.1 ^ 0x646f_7261_6e64_6f6d,
            key.0 ^ 0x6c79_6765_6e65_7261, key.1 ^ 0x7465_6462_7974_6573
        )
        // The message is the counter; the last block holds its length.
        for block in [counter, 8 << 56] {
            state.3 ^= block
            for _ in 0..<2 { Self.round(&state) }
            state.0 ^= block
        }
        state.2 ^= 0xff
        for _ in 0..<4 { Self.round(&state) }
        return state.0 ^ state.1 ^ state.2 ^ state.3
    }

    private static func round(_ state: inout (UInt64, UInt64, UInt64, UInt64)) {
        func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 { value << bits | value >> (64 - bits) }
        state.0 &+= state.1
        state.2 &+= state.3
        state.1 = rotate(state.1, 13) ^ state.0
        state.3 = rotate(state.3, 16) ^ state.2
        state.0 = rotate(state.0, 32)
        state.2 &+= state.1
        state.0 &+= state.3
        state.1 = rotate(state.1, 17) ^ state.2
        state.3 = rotate(state.3, 21) ^ state.0
        state.2 = rotate(state.2, 32)
    }
}
