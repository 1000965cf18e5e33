import Addressing
import Glibc
import Netlink
import OverlayCore
import OverlayDataplane
import Synchronization
import Testing
import WireGuard

@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason), .timeLimit(.minutes(2)))
struct WireGuardTunnelTests {
    /// A tunnel that runs until this object is released, and what it told.
    private final class Running: Sendable {
        let tunnel: WireGuardTunnel
        let events: Log
        private let task: Task<Void, Never>

        final class Log: Sendable {
            let entries = Mutex<[WireGuardTunnel.Event]>([])
        }

        init(_ host: WireGuardHost, resync: Duration = .seconds(60)) async throws {
            let log = Log()
            let tunnel = try WireGuardTunnel(
                driver: try await host.makeDriver(),
                configuration: host.configuration,
                in: host.host.namespace,
                timing: .init(resync: resync, firstRetry: .milliseconds(50)),
                report: { event in log.entries.withLock { $0.append(event) } }
            )
            self.tunnel = tunnel
            events = log
            task = Task { await tunnel.run() }
        }

        deinit { task.cancel() }

        func end() async {
            task.cancel()
            await task.value
        }

        var all: [WireGuardTunnel.Event] { events.entries.withLock { $0 } }

        func eventually(_ what: String, _ matches: (WireGuardTunnel.Event) -> Bool) async throws {
            try await NetnsTests.eventually(what) { all.contains(where: matches) }
        }
    }

    /// The plan of a host for its peers.
    private static func plan(_ host: WireGuardHost, _ peers: WireGuardHost...) -> WireGuardPlan {
        let identity = { (number: Int) in PeerID(high: 0, low: UInt64(number)) }
        let node = OverlayNode(id: identity(host.number), prefixes: [host.podPrefix])
        var state = OverlayState(node: node, isComplete: true)
        for peer in peers {
            var record = PeerRecord(id: identity(peer.number), name: peer.host.name)
            record.endpoints = [peer.peer.endpoint?.address].compactMap { $0 }
            record.wireGuardKey = peer.publicKey.bytes
            record.prefixes = [peer.podPrefix]
            state.peers[record.id] = .init(record: record, route: .wireGuard(mtu: 1410))
        }
        return WireGuardPlan(state) { .v6(high: 0xfd01_0000_0000_0000, low: $0.low) }
    }

    @Test func `a killed program comes back with its peers`() async throws {
        let hosts = try await WireGuardHost.make(Lab(hosts: "a", "b"))
        let (a, b) = (hosts[0], hosts[1])
        let running = try await Running(a)
        try await running.tunnel.apply(Self.plan(a, b))
        try await running.eventually("the device") { $0 == .made(peerCount: 1) }
        _ = try await b.start(a)
        try await a.addRoute(to: b)
        try await a.eventuallyReaches(b)

        for round in 2...3 {
            let process = try #require(a.processID())
            kill(process, SIGKILL)
            try await eventually("the device again") {
                running.all.count { $0 == .made(peerCount: 1) } >= round
            }
            #expect(a.processID() != process)
            try await a.addRoute(to: b)
            try await a.eventuallyReaches(b)
        }
        await running.end()
    }

    @Test func `what is done to the device is undone`() async throws {
        let host = try await WireGuardHost.make(Lab(hosts: "a"))[0]
        let running = try await Running(host)
        try await running.eventually("the device") { $0 == .made(peerCount: 0) }
        let damages: [[String]] = [
            ["ip", "link", "set", host.device, "down"],
            ["ip", "link", "set", host.device, "mtu", "1280"],
            ["ip", "address", "flush", "dev", host.device],
            ["ip", "link", "del", host.device],
        ]
        for damage in damages {
            _ = try await Program.run(damage, in: host.host.namespace.duplicate())
            try await eventually("the repair of \(damage)") {
                guard let link = try await host.link(), link.mtu == 1410, link.flags.contains(.up) else { return false }
                let addresses = try await host.host.network.addresses(interface: link.index).map(\.address)
                return Set(addresses).isSuperset(of: [host.address, host.podAddress])
            }
        }
        await running.end()
    }

    @Test func `peers that somebody changed are found by the resync`() async throws {
        let hosts = try await WireGuardHost.make(Lab(hosts: "a", "b"))
        let (a, b) = (hosts[0], hosts[1])
        let running = try await Running(a, resync: .milliseconds(100))
        try await running.tunnel.apply(Self.plan(a, b))
        try await running.eventually("the device") { $0 == .made(peerCount: 1) }
        try await a.host.run("wg", "set", a.device, "peer", b.publicKey.description, "allowed-ips", "10.99.0.0/16")
        try await running.eventually("the repair") { $0 == .repaired([], peerChangeCount: 1) }
        #expect(try await running.tunnel.status().peers[b.publicKey]?.peer == b.peer)
        await running.end()
    }

    @Test func `ending the tunnel leaves the device, and the next one takes it over`() async throws {
        let hosts = try await WireGuardHost.make(Lab(hosts: "a", "b"))
        let (a, b) = (hosts[0], hosts[1])
        let first = try await Running(a)
        try await first.tunnel.apply(Self.plan(a, b))
        try await first.eventually("the device") { $0 == .made(peerCount: 1) }
        let process = try #require(a.processID())
        await first.end()

        let second = try await Running(a)
        try await second.tunnel.apply(Self.plan(a, b))
        try await second.eventually("the device") {
            if case .adopted(let repaired, _) = $0 { repaired.isEmpty } else { false }
        }
        #expect(a.processID() == process)
        try await second.tunnel.apply(WireGuardPlan(mayRemove: true))
        try await eventually("no peers") { try await second.tunnel.status().peers.isEmpty }
        await second.end()
        try await second.tunnel.remove()
        #expect(try await a.link() == nil)
    }

    @Test func `a program that keeps dying is not started without end`() async throws {
        let host = try await WireGuardHost.make(Lab(hosts: "a"))[0]
        let running = try await Running(host)
        let made = { running.all.count { $0 == .made(peerCount: 0) } }
        let clock = ContinuousClock()
        let start = clock.now
        for round in 1...7 {
            try await eventually("the device, \(round)") { made() == round }
            if let process = host.processID() { kill(process, SIGKILL) }
        }
        // Before the fourth and later ones: 50, 100, 200, 400 ms.
        #expect(clock.now - start > .milliseconds(700))
        await running.end()
    }

    @Test func `a port that becomes free is taken`() async throws {
        let host = try await WireGuardHost.make(Lab(hosts: "a"))[0]
        var socket: TestSocket? = try TestSocket(.udp, .ipv4, in: host.host.namespace)
        try socket?.bind(port: 6783)
        let running = try await Running(host)
        try await running.eventually("a failure") {
            if case .failed(let error, _) = $0 { error.code == .portInUse } else { false }
        }
        #expect(await !running.tunnel.isUp)
        socket = nil
        try await running.eventually("the device") { $0 == .made(peerCount: 0) }
        #expect(await running.tunnel.isUp)
        await running.end()
    }
}
