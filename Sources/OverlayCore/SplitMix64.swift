/// A seeded generator of random numbers (Steele, Lea, Flood 2014): the same seed, the same numbers.
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A generator whose numbers follow from the seed.
    package init(seed: UInt64) { state = seed }

    /// The next 64 random bits.
    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    /// A duration between these parts of another, in thousandths: `jittered(.seconds(2), 800...1200)`.
    mutating func jittered(_ duration: Duration, _ thousandths: ClosedRange<Int>) -> Duration {
        duration / 1000 * Int.random(in: thousandths, using: &self)
    }
}
