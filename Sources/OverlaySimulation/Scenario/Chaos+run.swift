import Addressing
public import OverlayCore

extension Chaos {
    /// Lives through the history, then lets everything be well for a while, and checks what must be so then.
    ///
    /// - Parameters:
    ///   - configuration: What every node is told.
    ///   - log: Is told what happens: when, to whom, what.
    /// - Returns: The world afterwards; its ``Simulation/violations`` should be empty.
    public func run(
        configuration: MeshNodeConfiguration,
        log: ((Duration, String, String) -> Void)? = nil
    ) -> Simulation {
        var history = ChaosHistory(chaos: self, configuration: configuration, log: log)
        history.begin()
        while history.simulation.now < duration { history.step() }
        history.end()
        return history.simulation
    }
}

/// A history under way.
private struct ChaosHistory {
    var simulation: Simulation
    private let chaos: Chaos
    private let log: ((Duration, String, String) -> Void)?
    private var generator: SplitMix64
    /// What users did not do yet: identities whose disk is lost.
    private var lost: [PeerID] = []

    init(chaos: Chaos, configuration: MeshNodeConfiguration, log: ((Duration, String, String) -> Void)?) {
        self.chaos = chaos
        self.log = log
        generator = SplitMix64(seed: chaos.seed)
        simulation = Simulation(configuration: configuration, seed: generator.next())
        simulation.checksAddresses = !chaos.faults.contains(.clones)
        if let log { simulation.log = { moment, host, _, text in log(moment, host, text) } }
    }

    // MARK: Beginning and end

    mutating func begin() {
        for host in 0..<chaos.peerCount {
            // Each knows some of those before it: a connected graph, with long ways in it.
            var targets: Set<Int> = []
            if host > 0 {
                for _ in 0..<Int.random(in: 1...3, using: &generator) {
                    targets.insert(Int.random(in: 0..<host, using: &generator))
                }
            }
            simulation.addHost(targets: targets.sorted())
        }
        for host in (0..<chaos.peerCount).shuffled(using: &generator) {
            simulation.start(host)
            simulation.run(for: generator.duration(in: .zero...(.milliseconds(300))))
        }
    }

    mutating func end() {
        note("everything is well from now on", of: nil)
        simulation.heal()
        simulation.conditions = NetworkConditions()
        for host in 0..<simulation.hostCount {
            simulation.setReadRate(nil, of: host)
            simulation.kill(host, afterOutputs: nil)
            simulation.resume(host)
            if simulation.standing(of: host) != .removed, simulation.standing(of: host) != .left {
                simulation.start(host)
            }
        }
        // Some know nobody but peers that are gone.
        for (host, other) in zip(simulation.running, simulation.running.dropFirst()) {
            simulation.tell(host, .mesh(.connect([simulation.address(of: other)], replace: false)))
        }
        // A peer that failed long is dialled again each minute only.
        simulation.run(for: .seconds(60))
        // Who is to be removed is, where it could not be before; and somebody has what it had after a minute.
        for _ in 0..<5 where removeAgain() { simulation.run(for: .seconds(15)) }
        _ = simulation.run(atMost: .seconds(300), every: .seconds(1)) {
            $0.agrees && $0.knowEachOther() && $0.haveAddresses && $0.hasNoLostAddress
        }
        simulation.run(for: .seconds(10))
        simulation.checkEnd()
    }

    // MARK: One step

    mutating func step() {
        let pause: ClosedRange<Duration> =
            generator.happens(0.7) ? .zero...(.milliseconds(500)) : .milliseconds(500)...(.seconds(5))
        simulation.run(for: generator.duration(in: pause))
        let actions: [(Chaos.Faults, (inout ChaosHistory) -> Void)] = [
            (.kills, { $0.kill() }),
            (.kills, { $0.start() }),
            (.powerLoss, { $0.losePower() }),
            (.powerLoss, { $0.start() }),
            (.pauses, { $0.pause() }),
            (.pauses, { $0.resume() }),
            (.partitions, { $0.partition() }),
            (.partitions, { $0.heal() }),
            (.partitions, { $0.breakPair() }),
            (.badNetwork, { $0.changeConditions() }),
            (.badNetwork, { $0.simulation.resetOneConnection() }),
            (.slowReaders, { $0.slowDown() }),
            (.joins, { $0.join() }),
            (.leaves, { $0.leave() }),
            (.diskLoss, { $0.loseDisk() }),
            (.removals, { $0.remove() }),
            (.removals, { $0.returnOfRemoved() }),
            (.clones, { $0.clone() }),
            (.changes, { $0.change() }),
            (.changes, { $0.needBlock() }),
            // One liar, always the same.
            (.lies, { $0.simulation.lie(from: 0) }),
        ]
        let allowed = actions.filter { chaos.faults.contains($0.0) }
        allowed.randomElement(using: &generator)?.1(&self)
    }

    /// A host that the condition holds for.
    private mutating func host(where condition: (Int) -> Bool) -> Int? {
        (0..<simulation.hostCount).filter(condition).randomElement(using: &generator)
    }

    private mutating func runningMember() -> Int? { simulation.running.randomElement(using: &generator) }

    private func note(_ text: String, of host: Int?) {
        log?(simulation.now, host.map { "host\($0)" } ?? "world", "*** " + text)
    }

    // MARK: Processes and machines

    private mutating func kill() {
        guard let host = host(where: { [simulation] in simulation.isRunning($0) }) else { return }
        if generator.happens(0.5) {
            let count = Int.random(in: 0...12, using: &generator)
            note("dies after \(count) outputs", of: host)
            simulation.kill(host, afterOutputs: count)
        } else {
            note("is killed", of: host)
            simulation.kill(host)
        }
        if generator.happens(0.5) { simulation.start(host) }
    }

    private mutating func start() {
        let stopped = host { [simulation] in
            !simulation.isRunning($0) && simulation.standing(of: $0) != .removed && simulation.standing(of: $0) != .left
        }
        guard let stopped else { return }
        note("starts", of: stopped)
        simulation.start(stopped)
    }

    private mutating func losePower() {
        guard let host = runningMember() else { return }
        note("loses power", of: host)
        simulation.powerOff(host)
    }

    private mutating func pause() {
        guard let host = runningMember() else { return }
        note("stands still", of: host)
        simulation.pause(host)
    }

    private mutating func resume() {
        for host in 0..<simulation.hostCount where generator.happens(0.5) { simulation.resume(host) }
    }

    private mutating func slowDown() {
        guard let host = runningMember() else { return }
        simulation.setReadRate(generator.happens(0.5) ? nil : Int.random(in: 10...20_000, using: &generator), of: host)
    }

    // MARK: Network

    private mutating func partition() {
        let all = (0..<simulation.hostCount).shuffled(using: &generator)
        let cut = Int.random(in: 0...all.count, using: &generator)
        let groups =
            generator.happens(0.3)
            ? [Array(all[..<(cut / 2)]), Array(all[(cut / 2)..<cut])] : [Array(all[..<cut])]
        note("falls apart: \(groups)", of: nil)
        simulation.partition(groups)
    }

    private mutating func heal() {
        note("heals", of: nil)
        simulation.heal()
    }

    private mutating func breakPair() {
        guard let one = host(where: { _ in true }), let other = host(where: { $0 != one }) else { return }
        simulation.setBroken(one, other, generator.happens(0.7))
    }

    private mutating func changeConditions() {
        var conditions = NetworkConditions()
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: break
        case 1: conditions.loss = 0.3
        case 2: conditions.latency = .milliseconds(1)...(.milliseconds(400))
        default: conditions.reset = 0.02
        }
        simulation.conditions = conditions
    }

    // MARK: Membership

    private mutating func join() {
        guard simulation.hostCount < chaos.peerCount * 2, let target = runningMember() else { return }
        let host = simulation.addHost(targets: [target])
        note("joins", of: host)
        simulation.start(host)
    }

    /// Whether one more may be gone for good: a removal needs a majority of all others that were not removed before.
    private var canLose: Bool {
        let hosts = 0..<simulation.hostCount
        let live = hosts.count { simulation.standing(of: $0) == .member }
        let meshes = simulation.running.compactMap { simulation.node(on: $0)?.mesh }
        let gone = hosts.filter { [.removed, .left].contains(simulation.standing(of: $0)) }
        let dead = (lost + gone.map { simulation.identity(of: $0) }).count { identity in
            meshes.contains { $0.member(identity) != nil }
        }
        return live > dead + 3 && simulation.running.count > 2
    }

    private mutating func leave() {
        // Who knows nobody cannot tell anybody.
        guard canLose, let host = runningMember(), simulation.memberCount(on: host) > 1 else { return }
        note("leaves", of: host)
        simulation.leave(host)
    }

    private mutating func loseDisk() {
        guard canLose, let host = runningMember() else { return }
        note("loses its disk", of: host)
        simulation.powerOff(host)
        lost.append(simulation.identity(of: host))
        simulation.wipeDisk(of: host)
        if generator.happens(0.5), let identity = lost.randomElement(using: &generator) { removeLost(identity) }
    }

    /// Returns whether somebody had to be.
    private mutating func removeAgain() -> Bool {
        guard let user = runningMember(), let mesh = simulation.node(on: user)?.mesh else { return false }
        // Who left with nothing while it was cut off could tell nobody.
        let hosts = (0..<simulation.hostCount).filter { [.removed, .left].contains(simulation.standing(of: $0)) }
        let members = (lost + hosts.map { simulation.identity(of: $0) }).filter { mesh.member($0) != nil }
        for identity in members { removeLost(identity) }
        return !members.isEmpty
    }

    private mutating func removeLost(_ identity: PeerID) {
        guard let user = runningMember() else { return }
        note("removes \(identity)", of: user)
        simulation.remove(identity, by: user)
    }

    private mutating func remove() {
        let off = host { [simulation] in !simulation.isRunning($0) && simulation.standing(of: $0) == .member }
        guard
            canLose, let off, let user = runningMember(),
            simulation.node(on: user)?.mesh.member(simulation.identity(of: off)) != nil
        else { return }
        note("removes host\(off)", of: user)
        simulation.remove(simulation.identity(of: off), by: user)
    }

    private mutating func returnOfRemoved() {
        let removed = host { [simulation] in simulation.standing(of: $0) == .removed && !simulation.isRunning($0) }
        guard let removed else { return }
        note("comes back though it was removed", of: removed)
        simulation.start(removed)
    }

    private mutating func clone() {
        guard simulation.hostCount < chaos.peerCount * 2, let original = runningMember() else { return }
        let host = simulation.addClone(of: original)
        note("is a clone of host\(original)", of: host)
        simulation.start(host)
    }

    // MARK: Users

    private mutating func change() {
        guard let host = runningMember() else { return }
        let mtu = UInt32.random(in: 1280...9000, using: &generator)
        simulation.tell(host, .mesh(.updateOwn { $0.underlayMTU = mtu }))
    }

    private mutating func needBlock() {
        guard let host = runningMember() else { return }
        let family: IPFamily = generator.happens(0.5) ? .ipv4 : .ipv6
        let blocks = simulation.node(on: host)?.blocks.filter { $0.family == family } ?? []
        if blocks.count > 1, generator.happens(0.5), let block = blocks.randomElement(using: &generator) {
            simulation.tell(host, .releaseBlock(block))
        } else if blocks.count < 4 {
            simulation.tell(host, .needBlock(family))
        }
    }
}
