import Addressing
import Glibc
import SeededTesting
import Testing

@testable import OverlayCore

/// Peers that share out addresses over a network that loses, delays, repeats and reorders, and that may be split.
struct TestCluster {
    struct Node {
        var record: PeerRecord
        var configuration: IPAMConfiguration
        var core: IPAMCore
        var view = TestView()
        /// What is on disk for certain: what the node itself published.
        var disk: [ReplicatedEntry.Key: ReplicatedEntry] = [:]
        var isUp = true
        /// Nodes of different sides do not hear each other.
        var side = 0
        var failures: [String] = []
        var hasLeft = false
        var removed: [PeerID: PeerID] = [:]
        /// Nobody may do anything with it any more.
        var isGone: Bool { hasLeft || core.isStopped }
    }

    var nodes: [Node] = []
    var now: Duration = .zero
    var generator: SplitMix64
    /// The part of the messages that get lost, in hundredths.
    var loss = 0
    private var mail: [(at: Duration, to: Int, entries: [ReplicatedEntry])] = []
    private var lacks: [(at: Duration, from: Int, to: Int, lack: MeshLack)] = []
    private var nextSync: Duration = .zero

    init(seed: UInt64) { generator = SplitMix64(seed: seed) }

    @discardableResult
    mutating func add(_ name: String, _ configuration: IPAMConfiguration, side: Int = 0) -> Int {
        let record = PeerRecord(id: .random(using: &generator), name: name, instance: generator.next())
        let core = IPAMCore(configuration: configuration, own: record, stored: [], seed: generator.next(), now: now)
        var node = Node(record: record, configuration: configuration, core: core)
        node.side = side
        nodes.append(node)
        let index = nodes.count - 1
        publish(index, [record.entry])
        handle(index, .tick)
        return index
    }

    /// Stops a node as a power cut would: only what it published is left, and some of what it heard.
    mutating func crash(_ index: Int) {
        nodes[index].isUp = false
        mail.removeAll { $0.to == index }
    }

    mutating func restart(_ index: Int) {
        var node = nodes[index]
        var view = TestView()
        for entry in node.disk.values.sorted(by: { $0.key.name.lexicographicallyPrecedes($1.key.name) }) {
            view.offer(entry)
        }
        for entry in node.view.all where Bool.random(using: &generator) && node.disk[entry.key] == nil {
            view.offer(entry)
        }
        node.record.version += 1
        node.record.instance = generator.next()
        node.core = IPAMCore(
            configuration: node.configuration,
            own: node.record,
            stored: view.all,
            seed: generator.next(),
            now: now
        )
        node.view = view
        node.isUp = true
        nodes[index] = node
        publish(index, [node.record.entry])
        handle(index, .tick)
    }

    mutating func handle(_ index: Int, _ input: IPAMInput) {
        guard nodes[index].isUp else { return }
        nodes[index].view.unreachable = unreachable(index)
        nodes[index].view.neighbours = neighbours(index)
        for output in nodes[index].core.handle(input, view: nodes[index].view, now: now) {
            switch output {
            case .publish(let entries): publish(index, entries)
            case .persist(let entries): for entry in entries { nodes[index].disk[entry.key] = entry }
            case .blocksChanged(let range, let blocks):
                guard range.isEmpty else { continue }
                nodes[index].record.prefixes = blocks
                nodes[index].record.version += 1
                if nodes[index].view.member(nodes[index].record.id) != nil {
                    publish(index, [nodes[index].record.entry])
                }
            case .ask(let peer, let lack):
                guard let other = nodes.firstIndex(where: { $0.record.id == peer }) else { continue }
                guard Int.random(in: 0..<100, using: &generator) >= loss else { continue }
                lacks.append((now + .milliseconds(Int.random(in: 1...400, using: &generator)), index, other, lack))
            case .failed(let text): nodes[index].failures.append(text)
            case .removed(let dead, let heir):
                nodes[index].removed[dead] = heir
                guard var record = nodes[index].view.member(dead) else { continue }
                record.isRemoved = true
                record.prefixes = []
                publish(index, [record.entry])
            case .left: nodes[index].hasLeft = true
            case .log: break
            }
        }
    }

    private func unreachable(_ index: Int) -> Set<PeerID> {
        Set(nodes.filter { !$0.isUp || $0.side != nodes[index].side || $0.isGone }.map(\.record.id))
    }

    /// Of those that a node hears every other one.
    private func neighbours(_ index: Int) -> Set<PeerID> {
        Set(
            nodes.indices.filter { other in
                other != index && (other + index) % 2 == 1 && nodes[other].isUp
                    && nodes[other].side == nodes[index].side
            }
            .map { nodes[$0].record.id }
        )
    }

    mutating func publish(_ index: Int, _ entries: [ReplicatedEntry]) {
        var news: [ReplicatedEntry] = []
        for entry in entries where nodes[index].view.offer(entry) {
            nodes[index].disk[entry.key] = entry
            news.append(entry)
        }
        guard !news.isEmpty else { return }
        handle(index, .entries(news))
        for other in nodes.indices where other != index { send(news, from: index, to: other) }
    }

    private mutating func send(_ entries: [ReplicatedEntry], from: Int, to: Int) {
        guard nodes[to].isUp, nodes[to].side == nodes[from].side, !entries.isEmpty else { return }
        for _ in 0..<Int.random(in: 1...10, using: &generator) / 10 + 1 {
            guard Int.random(in: 0..<100, using: &generator) >= loss else { continue }
            mail.append(
                (
                    now + .milliseconds(Int.random(in: 1...400, using: &generator)), to,
                    entries.shuffled(using: &generator)
                )
            )
        }
    }

    private mutating func receive(_ index: Int, _ entries: [ReplicatedEntry]) {
        let news = entries.filter { nodes[index].view.offer($0) }
        if !news.isEmpty { handle(index, .entries(news)) }
    }

    /// Lets time pass, in steps of 50 ms, and checks the rules at each.
    mutating func run(_ duration: Duration, checks: Bool = true) {
        let end = now + duration
        while now < end {
            now += .milliseconds(50)
            let due = mail.filter { $0.at <= now }
            mail.removeAll { $0.at <= now }
            for (_, to, entries) in due where nodes[to].isUp { receive(to, entries) }
            let asked = lacks.filter { $0.at <= now }
            lacks.removeAll { $0.at <= now }
            for (_, from, to, lack) in asked where nodes[from].side == nodes[to].side {
                handle(to, .lack(lack, of: nodes[from].record.id))
            }
            for index in nodes.indices where nodes[index].isUp {
                if let deadline = nodes[index].core.nextDeadline, deadline <= now { handle(index, .tick) }
            }
            if now >= nextSync {
                nextSync = now + .milliseconds(500)
                for index in nodes.indices where nodes[index].isUp {
                    guard let other = nodes.indices.randomElement(using: &generator), other != index else { continue }
                    send(nodes[index].view.all, from: index, to: other)
                }
            }
            if checks { checkOwners() }
        }
    }

    /// No address is two peers' in the views of those two; what is in use is owned.
    func checkOwners(sourceLocation: SourceLocation = #_sourceLocation) {
        struct Claim { var first: UInt64, last: UInt64, node: Int }
        var claims: [IPAMRange: [Claim]] = [:]
        for (index, node) in nodes.enumerated() where !node.isGone {
            for range in node.core.ranges {
                for segment in range.segments {
                    claims[range.range, default: []].append(
                        Claim(first: segment.first, last: segment.last, node: index)
                    )
                }
                for block in range.active where range.segment(containing: block) == nil {
                    Issue.record("\(node.record.name) uses \(block), not its own", sourceLocation: sourceLocation)
                }
            }
        }
        for (range, list) in claims {
            let sorted = list.sorted { $0.first < $1.first }
            for (left, right) in zip(sorted, sorted.dropFirst()) where right.first <= left.last {
                Issue.record(
                    "\(range.prefix): \(nodes[left.node].record.name) has \(left.first)-\(left.last), \(nodes[right.node].record.name) has \(right.first)-\(right.last) at \(now)",
                    sourceLocation: sourceLocation
                )
            }
        }
    }

    /// All blocks of all ranges of these nodes have an owner among them.
    func checkNothingIsLost(sourceLocation: SourceLocation = #_sourceLocation) {
        var counts: [IPAMRange: UInt64] = [:]
        for node in nodes where !node.isGone {
            for range in node.core.ranges { counts[range.range, default: 0] += range.ownedCount }
        }
        for (range, count) in counts {
            #expect(count == range.blockCount, "\(range.prefix)", sourceLocation: sourceLocation)
        }
    }
}

/// The seed of a random test, printed.
func ipamSeed(_ name: String) -> UInt64 {
    let seed = SeededGenerator.seed()
    print("TRAMA_SEED=\(seed) (\(name))")
    return seed
}
