import Glibc
import SeededTesting

/// Seeds of random histories. `TRAMA_HISTORIES=10` makes ten times as many.
enum TestSeed {
    /// That many seeds: 1, 2 and so on; other ones with `TRAMA_SEED=random`, and one alone where `TRAMA_SEED` gives it.
    static func seeds(_ count: Int) -> [UInt64] {
        let factor = getenv("TRAMA_HISTORIES").flatMap { Int(String(cString: $0)) } ?? 1
        return SeededGenerator.seeds((1...UInt64(count * max(1, factor))).map(\.self))
    }
}
