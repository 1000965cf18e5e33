import Glibc

/// SplitMix64 (Steele, Lea and Flood 2014): small, and the same sequence everywhere for one seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    /// Whether an event of that probability, in percent, happens.
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

    /// One of the elements, of which there must be some.
    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &self)]
    }
}

/// The seed of this run: `TRAMA_SEED`, or a new one.
let testSeed: UInt64 = {
    let text = unsafe getenv("TRAMA_SEED").map { unsafe String(cString: $0) }
    let seed = text.flatMap(UInt64.init) ?? UInt64.random(in: 1...UInt64(UInt32.max))
    print("TRAMA_SEED=\(seed)")
    return seed
}()
