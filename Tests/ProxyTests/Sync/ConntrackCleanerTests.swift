import Addressing
import KubernetesTesting
import Observability
import ServiceRouting
import Synchronization
import Testing

@testable import Proxy

@Suite("Cleaner of flows", .timeLimit(.minutes(1)))
struct ConntrackCleanerTests {
    private struct Interrupted: Error {}

    private func gone(_ address: IPAddress) -> ConntrackReconciliation {
        var diff = RoutingDiff()
        let frontend = Frontend(address: address, protocol: .udp, port: 53)
        diff.frontends = [FrontendChange(frontend: frontend, old: nil, new: nil)]
        var work = ConntrackReconciliation()
        work.add(diff)
        return work
    }

    @Test func `a look that fails is tried again after a pause, for its family only`() async throws {
        let time = ManualTime()
        let (looks, look) = AsyncStream<IPFamily>.makeStream()
        let failures = Mutex(2)
        let cleaner = ConntrackCleaner(
            metrics: ProxyMetrics(registry: MetricsRegistry()),
            logger: LogRecorder().logger,
            time: time.timekeeper
        ) {
            { family, work in
                look.yield(family)
                #expect(work.families.contains(family))
                let fails =
                    family == .ipv4
                    && failures.withLock { left in
                        left -= 1
                        return left >= 0
                    }
                if fails { throw Interrupted() }
                return 0
            }
        }
        var work = gone(.v4(0x0a60_000a))
        work.merge(gone(try #require(IPAddress("fd00::1"))))
        cleaner.post(work)
        let running = Task { try await cleaner.run() }
        var iterator = looks.makeAsyncIterator()
        var seen: [IPFamily] = []
        for _ in 0..<4 { if let family = await iterator.next() { seen.append(family) } }
        #expect(seen == [.ipv4, .ipv6, .ipv4, .ipv4])
        running.cancel()
        try await running.value
        #expect(time.sleeps == [.seconds(5), .seconds(5)])
    }
}
