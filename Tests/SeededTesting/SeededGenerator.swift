import Glibc

/// SplitMix64 (Steele, Lea and Flood 2014) from a seed that is printed with every failure.
///
/// Tests are the same in every run, so that a change that breaks nothing does not fail: a generator begins with a fixed
/// seed that stands in the test. To look further, let them explore, and replay what was found:
///
/// ```sh
/// TRAMA_SEED=random …xctest --testing-library swift-testing --filter PathRelayTests --repetitions 1000
/// TRAMA_SEED=4711 …xctest --testing-library swift-testing --filter PathRelayTests
/// ```
///
/// What was found stays: the seed goes into the test, beside the fixed one.
public struct SeededGenerator: RandomNumberGenerator, CustomStringConvertible, Sendable {
    /// What it began with.
    public let seed: UInt64
    private var state: UInt64

    /// A generator that begins with ``seed(_:)``.
    public init(_ fixed: UInt64 = 1) { self.init(seed: Self.seed(fixed)) }

    /// A generator with this seed.
    public init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    /// What a test begins with: the number in `TRAMA_SEED`; a new one of 32 bits where that is `random`; `fixed`
    /// otherwise.
    public static func seed(_ fixed: UInt64 = 1) -> UInt64 {
        guard let text = getenv("TRAMA_SEED").map({ String(cString: $0) }) else { return fixed }
        return text == "random" ? UInt64.random(in: 0..<1 << 32) : UInt64(text) ?? fixed
    }

    /// The seeds of a test that runs with several: `fixed`, as many new ones, or the number in `TRAMA_SEED` alone.
    ///
    /// For a loop in the test: a test's `arguments` are worked out once, and are the same in all repetitions.
    public static func seeds(_ fixed: [UInt64]) -> [UInt64] {
        let seeds = fixed.map(seed)
        return Set(seeds).count == 1 ? [seeds[0]] : seeds
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
