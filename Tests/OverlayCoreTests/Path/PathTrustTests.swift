import SeededTesting
import Addressing
import OverlayCore
import Testing

@Suite struct PathTrustTests {
    let a = PathNetwork.host(1)
    let b = PathNetwork.host(2)
    let c = PathNetwork.host(3)

    /// Host 1's table knowing the others, and the first probe that it sends to host 2.
    private func setUp() throws -> (table: PathTable, probe: ProbeFrame) {
        var table = PathTable(
            configuration: PathConfiguration(own: a, tunnelEndpoint: .v4(1), hasWireGuard: false),
            seed: 1,
            now: .zero
        )
        var outputs = table.handle(
            .peers([
                b: PeerRecord(id: b, name: "b", endpoints: [.v4(2)]),
                c: PeerRecord(id: c, name: "c", endpoints: [.v4(3)]),
            ]),
            now: .zero
        )
        outputs += table.handle(.tick, now: .milliseconds(1))
        let probes = outputs.compactMap { output -> ProbeFrame? in
            guard case .send(let frame, to: b, _, byteCount: nil) = output else { return nil }
            return frame
        }
        return (table, try #require(probes.first))
    }

    private func source(_ peer: PeerID) -> ProbeSource {
        .vxlan(linkAddress: peer.tunnelLinkAddress.reduce(0) { $0 << 8 | UInt64($1) })
    }

    private func answer(to probe: ProbeFrame) -> ProbeFrame {
        ProbeFrame(kind: .answer, sender: b, target: a, cookie: probe.cookie, sequence: probe.sequence)
    }

    private func roundTrip(_ table: PathTable) -> Duration? { table.status(of: b)?.transports.first?.roundTrip }

    @Test func `an answer counts once`() throws {
        var (table, probe) = try setUp()
        _ = table.handle(.received(answer(to: probe), from: source(b)), now: .milliseconds(3))
        let first = try #require(roundTrip(table))
        _ = table.handle(.received(answer(to: probe), from: source(b)), now: .milliseconds(90))
        #expect(roundTrip(table) == first)
    }

    @Test func `an answer with another cookie, or from another place, or for another peer counts not`() throws {
        var (table, probe) = try setUp()
        var forged = answer(to: probe)
        forged.cookie ^= 1
        _ = table.handle(.received(forged, from: source(b)), now: .milliseconds(3))
        _ = table.handle(.received(answer(to: probe), from: source(c)), now: .milliseconds(3))
        _ = table.handle(.received(answer(to: probe), from: .wireGuard(b.wireGuardAddress)), now: .milliseconds(3))
        var stray = answer(to: probe)
        stray.target = c
        _ = table.handle(.received(stray, from: source(b)), now: .milliseconds(3))
        #expect(roundTrip(table) == nil)
    }

    @Test func `a probe is answered only for us, from a member, from where that member is`() throws {
        var (table, _) = try setUp()
        func answers(_ frame: ProbeFrame, _ source: ProbeSource) -> Int {
            table.handle(.received(frame, from: source), now: .milliseconds(2)).count { output in
                guard case .send(let frame, _, _, _) = output else { return false }
                return frame.kind == .answer
            }
        }
        #expect(answers(ProbeFrame(kind: .probe, sender: b, target: a, cookie: 7), source(b)) == 1)
        #expect(answers(ProbeFrame(kind: .probe, sender: b, target: c, cookie: 7), source(b)) == 0)
        #expect(
            answers(ProbeFrame(kind: .probe, sender: PathNetwork.host(9), target: a), source(PathNetwork.host(9))) == 0
        )
        #expect(answers(ProbeFrame(kind: .probe, sender: b, target: a), source(c)) == 0)
        #expect(answers(ProbeFrame(kind: .probe, sender: a, target: a), source(a)) == 0)
    }

    @Test func `answers to one peer are bounded`() throws {
        var (table, _) = try setUp()
        var answers = 0
        for _ in 0..<5000 {
            let probe = ProbeFrame(kind: .probe, sender: b, target: a, cookie: 7)
            answers += table.handle(.received(probe, from: source(b)), now: .milliseconds(500)).count
        }
        #expect(answers <= 260)
    }

    @Test func `cookies do not repeat and do not follow from one another`() throws {
        var (table, _) = try setUp()
        var cookies: [UInt64] = []
        for step in 1...4000 {
            for output in table.handle(.tick, now: .milliseconds(50 * step)) {
                guard case .send(let frame, _, _, _) = output else { continue }
                cookies.append(frame.cookie)
            }
        }
        #expect(cookies.count > 100)
        #expect(Set(cookies).count == cookies.count)
        #expect(Set(zip(cookies, cookies.dropFirst()).map { $1 &- $0 }).count == cookies.count - 1)
    }

    @Test func `random frames from members harm nothing`() {
        var network = PathNetwork(4)
        network.meet()
        network.run(.seconds(5))
        network.forget()
        let hosts = network.records.keys.sorted()
        var random = network.random
        for _ in 0..<3000 {
            var frame = ProbeFrame(
                kind: ProbeFrame.Kind.allCases.randomElement(using: &random) ?? .probe,
                sender: hosts.randomElement(using: &random) ?? a,
                target: hosts.randomElement(using: &random) ?? a,
                subject: hosts.randomElement(using: &random) ?? a,
                cookie: random.next(),
                sequence: UInt32(truncatingIfNeeded: random.next()),
                timestamp: random.next(),
                way: ProbeFrame.Way.allCases.randomElement(using: &random) ?? .none,
                isAgreed: Bool.random(using: &random)
            )
            frame.mtu = UInt32(truncatingIfNeeded: random.next())
            frame.roundTripMicroseconds = UInt32(truncatingIfNeeded: random.next())
            network.handle(a, .received(frame, from: source(hosts.randomElement(using: &random) ?? b)))
            network.run(.milliseconds(2))
        }
        #expect(network.changes.isEmpty, "\(network.random): \(network.changes)")
    }
}
