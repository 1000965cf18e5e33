import Glibc

/// SplitMix64 (Steele, Lea and Flood 2014) from a seed that is printed with every failure and can be given again as
/// `TRAMA_SEED`.
public struct SeededGenerator: RandomNumberGenerator, CustomStringConvertible, Sendable {
    /// What it began with.
    public let seed: UInt64
    private var state: UInt64

    /// A generator with the seed in `TRAMA_SEED`, or with a new one.
    public init() {
        let given = getenv("TRAMA_SEED").flatMap { UInt64(String(cString: $0)) }
        self.init(seed: given ?? UInt64.random(in: 0..<1 << 32))
    }

    /// A generator with this seed.
    public init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// What repeats a run: `TRAMA_SEED=4711`.
    public var description: String { "TRAMA_SEED=\(seed)" }
}
