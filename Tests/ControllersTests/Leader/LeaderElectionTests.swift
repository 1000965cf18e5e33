import SeededTesting
import Controllers
import JSON
import KubernetesAPI
import Testing

@Suite("Who leads")
struct LeaderElectionTests {
    private let wall = Timestamp(seconds: 1_800_000_000)

    private func election(_ identity: String) -> LeaderElection {
        LeaderElection(namespace: "kube-system", name: "kube-controller-manager", identity: identity)
    }

    @Test("The first makes the Lease and leads for 10 s after each renewal")
    func first() throws {
        var a = election("a")
        #expect(a.begin(now: .seconds(1), wallClock: wall) == .read)
        guard case .create(let lease) = a.received(nil, now: .seconds(1), wallClock: wall) else {
            Issue.record("no Lease is made")
            return
        }
        #expect(lease[path: "spec", "holderIdentity"] == "a")
        #expect(lease[path: "spec", "leaseDurationSeconds"] == 15)
        #expect(lease[path: "spec", "leaseTransitions"] == 0)
        #expect(!a.leads(at: .seconds(1)))
        a.wrote(lease, now: .seconds(3))
        #expect(a.leads(at: .seconds(10)))
        // Counted from the moment at which the request began.
        #expect(!a.leads(at: .seconds(11)))
        guard case .replace = a.begin(now: .seconds(5), wallClock: wall) else {
            Issue.record("a leader writes at once")
            return
        }
    }

    @Test("Another waits for the Lease's time, from when it saw the last change, and counts a transition")
    func second() throws {
        var a = election("a")
        var b = election("b")
        _ = a.begin(now: .zero, wallClock: wall)
        guard case .create(let lease) = a.received(nil, now: .zero, wallClock: wall) else { return }
        _ = b.begin(now: .seconds(100), wallClock: wall)
        #expect(b.received(lease, now: .seconds(100), wallClock: wall) == nil)
        _ = b.begin(now: .seconds(114), wallClock: wall)
        #expect(b.received(lease, now: .seconds(114), wallClock: wall) == nil)
        _ = b.begin(now: .seconds(115), wallClock: wall)
        guard case .replace(let taken) = b.received(lease, now: .seconds(115), wallClock: wall) else {
            Issue.record("the Lease is over")
            return
        }
        #expect(taken[path: "spec", "holderIdentity"] == "b")
        #expect(taken[path: "spec", "leaseTransitions"] == 1)
    }

    @Test("Who stops in the middle of a renewal reads the Lease, and lets go what is still its own")
    func releaseUnderWay() throws {
        var a = election("a")
        _ = a.begin(now: .zero, wallClock: wall)
        guard case .create(let lease) = a.received(nil, now: .zero, wallClock: wall) else { return }
        a.wrote(lease, now: .zero)
        _ = a.begin(now: .seconds(2), wallClock: wall)
        a.failed(now: .seconds(2))
        #expect(a.release(now: .seconds(3), wallClock: wall) == .read)
        #expect(!a.leads(at: .seconds(3)))
        guard case .replace(let free) = a.released(lease, wallClock: wall) else {
            Issue.record("it is let go")
            return
        }
        #expect(LeaderElection.Record(free).holder == "")
        var others = lease
        others[path: "spec", "holderIdentity"] = "b"
        #expect(a.released(others, wallClock: wall) == nil)
        #expect(a.released(nil, wallClock: wall) == nil)
    }

    @Test("A Lease that was let go is taken at once")
    func release() throws {
        var a = election("a")
        _ = a.begin(now: .zero, wallClock: wall)
        guard case .create(let lease) = a.received(nil, now: .zero, wallClock: wall) else { return }
        a.wrote(lease, now: .zero)
        guard case .replace(let free) = a.release(now: .seconds(1), wallClock: wall) else {
            Issue.record("it is let go")
            return
        }
        #expect(!a.leads(at: .seconds(1)))
        var b = election("b")
        _ = b.begin(now: .zero, wallClock: wall)
        guard case .replace = b.received(free, now: .zero, wallClock: wall) else {
            Issue.record("it is free")
            return
        }
    }

    @Test("A renewal that fails is tried again after a look, and ends the lead only at its deadline")
    func failure() throws {
        var a = election("a")
        _ = a.begin(now: .zero, wallClock: wall)
        guard case .create(let lease) = a.received(nil, now: .zero, wallClock: wall) else { return }
        a.wrote(lease, now: .zero)
        _ = a.begin(now: .seconds(2), wallClock: wall)
        a.failed(now: .seconds(3))
        #expect(a.leads(at: .seconds(9)))
        #expect(a.begin(now: .seconds(4), wallClock: wall) == .read)
        guard case .replace = a.received(lease, now: .seconds(4), wallClock: wall) else {
            Issue.record("its own Lease is renewed")
            return
        }
        var taken = lease
        taken[path: "spec", "holderIdentity"] = "b"
        #expect(a.received(taken, now: .seconds(5), wallClock: wall) == nil)
        #expect(!a.leads(at: .seconds(5)))
    }

    @Test("Never two lead at once, however slow and lossy the way to the server and however the clocks run")
    func neverTwo() throws {
        var random = SeededGenerator()
        var leads = 0
        for _ in 0..<60 {
            var race = ElectionRace(count: 3, &random)
            for _ in 0..<1500 {
                race.step(&random)
                let leaders = race.leaders
                #expect(leaders.count <= 1, "seed \(random.seed): \(leaders)")
                leads += leaders.count
            }
        }
        // The test would hold where nobody ever led.
        #expect(leads > 1000, "seed \(random.seed)")
    }
}

/// Several processes with clocks of their own, and one server that answers late or not at all.
private struct ElectionRace {
    private struct Member {
        var election: LeaderElection
        /// How fast its clock runs, and what it showed at the start.
        var speed: Double
        var offset: Double
        var nextTry: Double
        var flight: Flight?
    }

    private struct Flight {
        var request: LeaderElection.Request
        /// When the server sees it, and when the answer is back.
        var arrives: Double
        var returns: Double
        var answer: Answer?
        var isLost: Bool
    }

    private enum Answer {
        case lease(JSONValue?)
        case refused
    }

    private var time = 0.0
    private var members: [Member] = []
    private var lease: JSONValue?
    private var version = 0

    init(count: Int, _ random: inout SeededGenerator) {
        for index in 0..<count {
            members.append(
                Member(
                    election: LeaderElection(namespace: "n", name: "l", identity: "m\(index)"),
                    speed: Double.random(in: 0.85...1.2, using: &random),
                    offset: Double.random(in: 0...1000, using: &random),
                    nextTry: Double.random(in: 0...5, using: &random)
                )
            )
        }
    }

    var leaders: [String] {
        members.filter { $0.election.leads(at: clock($0)) }.map(\.election.identity)
    }

    private func clock(_ member: Member) -> Duration { .seconds(member.offset + member.speed * time) }

    mutating func step(_ random: inout SeededGenerator) {
        time += Double.random(in: 0.05...0.6, using: &random)
        for index in members.indices.shuffled(using: &random) {
            arrive(index)
            comeBack(index, &random)
            if members[index].flight == nil, members[index].nextTry <= time {
                if Int.random(in: 0..<60, using: &random) == 0 {
                    let now = clock(members[index])
                    let wall = wall(index)
                    if let request = members[index].election.release(now: now, wallClock: wall) {
                        send(index, request, &random)
                        continue
                    }
                }
                let (now, wall) = (clock(members[index]), wall(index))
                let request = members[index].election.begin(now: now, wallClock: wall)
                send(index, request, &random)
            }
        }
    }

    private func wall(_ index: Int) -> Timestamp {
        Timestamp(seconds: 1_800_000_000 + Int64(members[index].offset)).advanced(by: clock(members[index]))
    }

    private mutating func send(_ index: Int, _ request: LeaderElection.Request, _ random: inout SeededGenerator) {
        let isSlow = Int.random(in: 0..<8, using: &random) == 0
        let there = Double.random(in: 0...(isSlow ? 20 : 0.3), using: &random)
        let back = Double.random(in: 0...(isSlow ? 20 : 0.3), using: &random)
        members[index].flight = Flight(
            request: request,
            arrives: time + there,
            returns: time + there + back,
            isLost: Int.random(in: 0..<10, using: &random) == 0
        )
    }

    private mutating func arrive(_ index: Int) {
        guard let flight = members[index].flight, flight.answer == nil, flight.arrives <= time else { return }
        switch flight.request {
        case .read: members[index].flight?.answer = .lease(lease)
        case .create(let new):
            let answer: Answer = lease == nil ? .lease(store(new)) : .refused
            members[index].flight?.answer = answer
        case .replace(let new):
            let isSame = new[path: "metadata", "resourceVersion"] == lease?[path: "metadata", "resourceVersion"]
            let answer: Answer = isSame && lease != nil ? .lease(store(new)) : .refused
            members[index].flight?.answer = answer
        }
    }

    private mutating func store(_ new: JSONValue) -> JSONValue {
        version += 1
        var new = new
        new[path: "metadata", "resourceVersion"] = .string("\(version)")
        lease = new
        return new
    }

    private mutating func comeBack(_ index: Int, _ random: inout SeededGenerator) {
        guard let flight = members[index].flight, let answer = flight.answer, flight.returns <= time else { return }
        members[index].flight = nil
        let now = clock(members[index])
        members[index].nextTry = time + Double.random(in: 0.5...4, using: &random)
        guard !flight.isLost, case .lease(let lease) = answer else {
            members[index].election.failed(now: now)
            return
        }
        if flight.request == .read {
            let wall = wall(index)
            if let request = members[index].election.received(lease, now: now, wallClock: wall) {
                send(index, request, &random)
            }
        } else if let lease {
            members[index].election.wrote(lease, now: now)
        }
    }
}
