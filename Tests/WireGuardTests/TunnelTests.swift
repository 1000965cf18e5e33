import Netlink
import Synchronization
import Testing

@testable import WireGuard

/// The tunnel over a driver that has no device.
@Suite struct TunnelTests {
    private actor FakeDriver: WireGuardDriver {
        nonisolated let kind = WireGuardDriverKind.userspace
        nonisolated let device = "fake"
        let refused: WireGuardKey?
        private var simulated = SimulatedDevice()
        private var failures: Int

        init(refused: WireGuardKey? = nil, failures: Int = 0) {
            self.refused = refused
            self.failures = failures
        }

        func prepare(_ configuration: WireGuardConfiguration) throws(WireGuardError) -> WireGuardPreparation {
            guard failures == 0 else {
                failures -= 1
                throw WireGuardError(.portInUse, "prepare fake", "in use")
            }
            return .made
        }

        func apply(_ changes: [WireGuardPeerChange]) throws(WireGuardError) {
            simulated.make(PeerStep.steps(for: changes.filter { $0.publicKey != refused }))
            if changes.contains(where: { $0.publicKey == refused }) {
                throw WireGuardError(.refused(errno: 22), "set peer", "bad")
            }
        }

        func status() throws(WireGuardError) -> WireGuardStatus { simulated.status }

        func remove() throws(WireGuardError) {}
    }

    private static func tunnel(
        _ driver: FakeDriver,
        _ report: @escaping @Sendable (WireGuardTunnel.Event) -> Void
    ) throws -> WireGuardTunnel {
        try WireGuardTunnel(
            driver: driver,
            configuration: WireGuardConfiguration(privateKey: try secret(1)),
            in: NetworkNamespace.current(),
            timing: .init(firstRetry: .milliseconds(1)),
            report: report
        )
    }

    @Test func `a peer that is refused keeps neither the others out nor later plans`() async throws {
        let driver = FakeDriver(refused: try key(1))
        let (events, continuation) = AsyncStream.makeStream(of: WireGuardTunnel.Event.self)
        let tunnel = try Self.tunnel(driver) { continuation.yield($0) }
        let two = PlanTests.plan(try PlanTests.state(PlanTests.peer(1), PlanTests.peer(2)))
        try await tunnel.apply(two)
        let running = Task { await tunnel.run() }
        var iterator = events.makeAsyncIterator()
        guard case .refused = await iterator.next() else {
            Issue.record("no refusal")
            return
        }
        #expect(await iterator.next() == .made(peerCount: 2))
        // The event comes just before the tunnel knows itself to be up.
        while await !tunnel.isUp { await Task.yield() }
        let three = PlanTests.plan(try PlanTests.state(PlanTests.peer(1), PlanTests.peer(2), PlanTests.peer(3)))
        try await tunnel.apply(three)
        #expect(Set(try await tunnel.status().peers.keys) == [try key(2), try key(3)])
        running.cancel()
        await running.value
    }

    @Test func `an attempt that fails is told, and made again`() async throws {
        let (events, continuation) = AsyncStream.makeStream(of: WireGuardTunnel.Event.self)
        let tunnel = try Self.tunnel(FakeDriver(failures: 2)) { continuation.yield($0) }
        let running = Task { await tunnel.run() }
        var iterator = events.makeAsyncIterator()
        var seen: [Duration] = []
        while let event = await iterator.next() {
            guard case .failed(_, let delay) = event else { break }
            seen.append(delay)
        }
        #expect(seen == [.milliseconds(1), .milliseconds(2)])
        running.cancel()
        await running.value
    }
}
