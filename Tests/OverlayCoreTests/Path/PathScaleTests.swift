import Addressing
import OverlayCore
import Testing

@Suite struct PathScaleTests {
    /// One host's table against peers that answer everything after 2 ms.
    private func run(peers: UInt64, for time: Duration, blocked: Bool = false) -> (
        table: PathTable, probes: Int, worst: Int
    ) {
        let own = PathNetwork.host(1)
        var records: [PeerID: PeerRecord] = [:]
        for number in 2...(peers + 1) {
            let id = PathNetwork.host(number)
            records[id] = PeerRecord(id: id, name: "p", endpoints: [.v4(UInt32(number))])
        }
        var now = Duration.zero
        var table = PathTable(configuration: PathConfiguration(own: own, tunnelEndpoint: .v4(1)), seed: 3, now: now)
        var answers: [(at: Duration, frame: ProbeFrame)] = []
        var next = 0
        var perSecond: [Int64: Int] = [:]
        func note(_ outputs: [PathOutput]) {
            for case .send(let frame, let peer, _, _) in outputs {
                perSecond[now.components.seconds, default: 0] += 1
                let answer = ProbeFrame(kind: .answer, sender: peer, target: own, cookie: frame.cookie)
                if !blocked { answers.append((now + .milliseconds(2), answer)) }
            }
        }
        note(table.handle(.peers(records), now: now))
        while now < time {
            let tick = table.nextDeadline ?? time
            if next < answers.count, answers[next].at <= tick {
                now = max(now, answers[next].at)
                let frame = answers[next].frame
                next += 1
                let link = frame.sender.tunnelLinkAddress.reduce(0) { $0 << 8 | UInt64($1) }
                note(table.handle(.received(frame, from: .vxlan(linkAddress: link)), now: now))
            } else {
                now = max(now, tick)
                note(table.handle(.tick, now: now))
            }
        }
        return (table, perSecond.values.reduce(0, +), perSecond.values.max() ?? 0)
    }

    @Test func `of many peers those that there is traffic with are probed each second, within the budget`() {
        let own = PathNetwork.host(1)
        var records: [PeerID: PeerRecord] = [:]
        for number in 2...501 as ClosedRange<UInt64> {
            let id = PathNetwork.host(number)
            records[id] = PeerRecord(id: id, name: "p", endpoints: [.v4(UInt32(number))])
        }
        let busy = (2...21).map { PathNetwork.host(UInt64($0)) }
        var now = Duration.zero
        var table = PathTable(configuration: PathConfiguration(own: own, tunnelEndpoint: .v4(1)), seed: 7, now: now)
        var answers: [ProbeFrame] = []
        var probes: [PeerID: Int] = [:]
        func note(_ outputs: [PathOutput]) {
            for case .send(let frame, let peer, _, _) in outputs {
                if now >= .seconds(30) { probes[peer, default: 0] += 1 }
                answers.append(ProbeFrame(kind: .answer, sender: peer, target: own, cookie: frame.cookie))
            }
        }
        note(table.handle(.peers(records), now: now))
        var readAt = Duration.seconds(2)
        while now < .seconds(90) {
            if let frame = answers.popLast() {
                let link = frame.sender.tunnelLinkAddress.reduce(0) { $0 << 8 | UInt64($1) }
                note(table.handle(.received(frame, from: .vxlan(linkAddress: link)), now: now))
            } else if readAt <= table.nextDeadline ?? readAt {
                now = max(now, readAt)
                readAt += .seconds(2)
                // To the busy ones something is sent all the time, to the others nothing but our probes.
                note(table.handle(.used(Dictionary(uniqueKeysWithValues: busy.map { ($0, .zero) })), now: now))
            } else {
                now = max(now, table.nextDeadline ?? readAt)
                note(table.handle(.tick, now: now))
            }
        }
        // A minute: a small one each second, a full-size one each five.
        for peer in busy { #expect((60...90).contains(probes[peer] ?? 0), "\(probes[peer] ?? 0)") }
        #expect(probes.values.reduce(0, +) <= 6_100)
        #expect(records.keys.allSatisfy { probes[$0] ?? 0 >= 4 })
    }

    @Test func `few peers are each probed each second`() {
        let (_, probes, _) = run(peers: 10, for: .seconds(100))
        #expect((1000...1600).contains(probes))
    }

    @Test(arguments: [true, false]) func `with many peers all are probed by turns, a hundred probes a second at most`(
        blocked: Bool
    ) {
        let (table, probes, worst) = run(peers: 500, for: .seconds(60), blocked: blocked)
        #expect(worst <= 126)
        #expect(probes <= 6_100)
        let states = Set(table.statuses.values.map(\.state.description))
        #expect(states == (blocked ? ["down"] : ["established"]))
        #expect(table.routes.values.allSatisfy { $0 == .vxlan(mtu: 1450) })
    }
}
