import Glibc

/// Seeds of random histories: those of a run, or the one that `TRAMA_SEED` gives. `TRAMA_HISTORIES=10` makes ten times
/// as many.
enum TestSeed {
    /// That many seeds, different in every run.
    static func seeds(_ count: Int) -> [UInt64] {
        if let given = getenv("TRAMA_SEED").flatMap({ UInt64(String(cString: $0)) }) { return [given] }
        let factor = getenv("TRAMA_HISTORIES").flatMap { Int(String(cString: $0)) } ?? 1
        return (0..<count * max(1, factor)).map { _ in UInt64.random(in: 0..<1 << 32) }
    }
}
