import Glibc
import OverlayCore
import Testing

/// How long peers take to agree, and what it costs:
/// `TRAMA_BENCH=100,1000 swift test -c release -Xswiftc -enable-testing --filter MeshFigures`.
@Suite(.enabled(if: getenv("TRAMA_BENCH") != nil), .serialized) struct MeshFigures {
    private static let counts = (getenv("TRAMA_BENCH").map { String(cString: $0) } ?? "")
        .split(separator: ",").compactMap { Int($0) }

    @Test(arguments: counts) func `peers that start at once`(count: Int) {
        let start = ContinuousClock.now
        var network = TestNetwork(seed: UInt64(count))
        network.keepsDisks = false
        for number in 0..<count { network.start(number, targets: [0, 1, 2]) }
        let converged = network.run(atMost: .seconds(60)) { $0.allKnow(count) && $0.hasConverged }
        let duplicates = network.cores.values.reduce(0) { $0 + $1.counters.duplicates } / count
        print(
            "\(count) peers: agree after \(converged.map { "\($0)" } ?? "-"), \(network.messageCount / count) messages and "
                + "\(network.byteCount / count) bytes each, \(duplicates) entries twice"
        )
        network.run(for: .seconds(60))
        let before = (messages: network.messageCount, bytes: network.byteCount)
        network.run(for: .seconds(20))
        let degrees = network.cores.values.map(\.neighbours.count)
        print(
            "idle: \((network.messageCount - before.messages) / count) messages and "
                + "\((network.byteCount - before.bytes) / count) bytes each in 20 s, "
                + "\(degrees.reduce(0, +) / count) connections, at most \(degrees.max() ?? 0)"
        )
        network.start(count, targets: [count / 2])
        let joined = network.run(atMost: .seconds(20)) { $0.allKnow(count + 1) }
        print("a further one: known to all after \(joined.map { "\($0)" } ?? "-"); took \(ContinuousClock.now - start)")
        #expect(converged != nil)
        #expect(joined != nil)
    }
}
