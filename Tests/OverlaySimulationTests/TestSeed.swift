import Glibc

/// Seeds of random histories: those of a run, or the one that `TRAMA_SEED` gives.
enum TestSeed {
    /// That many seeds; the first is different in every run, the others follow from it.
    static func seeds(_ count: Int) -> [UInt64] {
        if let given = getenv("TRAMA_SEED").flatMap({ UInt64(String(cString: $0)) }) { return [given] }
        return (0..<count).map { _ in UInt64.random(in: 0..<1 << 32) }
    }
}
