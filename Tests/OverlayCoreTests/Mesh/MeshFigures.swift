import Glibc
import OverlayCore
import Testing

/// How long peers take to agree, and what it costs: `TRAMA_BENCH=1 swift test -c release --filter MeshFigures`.
@Suite(.enabled(if: getenv("TRAMA_BENCH") != nil), .serialized) struct MeshFigures {
    static let counts: [Int] = (getenv("TRAMA_BENCH").map { String(cString: $0) } ?? "100").split(separator: ",")
        .compactMap { Int($0) }
    @Test(arguments: counts) func `peers that start at once`(count: Int) {
        let clock = ContinuousClock()
        let start = clock.now
        var network = TestNetwork(seed: UInt64(count))
        network.keepsDisks = false
        for number in 0..<count { network.start(number, targets: [0, 1, 2]) }
        while network.now < .seconds(30), !(network.allKnow(count) && network.hasConverged) {
            network.run(for: .milliseconds(250))
            if count >= 300 {
                let known = network.cores.values.map(\.memberCount)
                print(
                    network.now,
                    "known",
                    known.min() ?? 0,
                    (known.reduce(0, +) / count),
                    "links",
                    network.cores.values.reduce(0) { $0 + $1.neighbours.count } / count,
                    "msgs",
                    network.messageCount,
                    "MB",
                    network.byteCount >> 20,
                    clock.now - start
                )
            }
        }
        func total(_ path: KeyPath<MeshCounters, Int>) -> Double {
            Double(network.cores.values.reduce(0) { $0 + $1.counters[keyPath: path] }) / Double(count)
        }
        print(
            "\(count): converged at \(network.now) wall \(clock.now - start); msgs/peer \(network.messageCount / count) bytes/peer \(network.byteCount / count) entries/peer \(total(\.entries)) dup \(total(\.duplicates)) rec \(total(\.reconciliations)) dials \(total(\.dials)) refused \(total(\.refused))"
        )
        network.run(for: .seconds(40))
        let before = (network.messageCount, network.byteCount)
        network.run(for: .seconds(20))
        print(
            "\(count): idle per peer and second: \(Double(network.messageCount - before.0) / Double(count) / 20) messages, \((network.byteCount - before.1) / count / 20) bytes; links \(network.cores.values.map(\.neighbours.count).reduce(0, +) / count) max \(network.cores.values.map(\.neighbours.count).max() ?? 0); converged \(network.hasConverged)"
        )
        let joined = network.now
        network.start(count, targets: [count / 2])
        let time = network.run(atMost: .seconds(20)) { $0.allKnow(count + 1) }
        print("\(count): joined after \(time ?? .zero) \(network.now - joined) wall \(clock.now - start)")
    }
}
