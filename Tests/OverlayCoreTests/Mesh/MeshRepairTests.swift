import SeededTesting
import Addressing
import Testing

@testable import OverlayCore

/// What loss, slowness, restarts and partitions must not break.
@Suite struct MeshRepairTests {
    private func ring(_ number: Int, version: UInt64 = 1) -> ReplicatedEntry {
        let name = [UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)]
        return ReplicatedEntry(key: .init(kind: .ring, name: name), version: version, value: name)
    }

    @Test func `entries that were lost on the way are found by comparison`() {
        var network = TestNetwork()
        let first = network.start(0)
        let second = network.start(1, targets: [0])
        network.input(first, .publish((0..<300).map { ring($0) }))
        network.run(for: .seconds(5))
        network.rewrite = { message, _, _ in
            if case .entries = message { return nil }
            return message
        }
        network.input(first, .publish((0..<10).map { ring($0, version: 2) } + [ring(1000)]))
        network.input(second, .publish([ring(2000)]))
        network.run(for: .seconds(1))
        #expect(!network.hasConverged)
        network.rewrite = nil
        let bytes = network.byteCount
        #expect(network.run(atMost: .seconds(10)) { $0.hasConverged } != nil)
        #expect(network.byteCount - bytes < 4000, "only what differs is sent")
        #expect(network.cores[second]?.entry(ring(3).key)?.version == 2)
    }

    @Test func `a connection that takes nothing costs a bounded memory, and is caught up with`() {
        var core = MeshCore(
            configuration: MeshConfiguration(cluster: "test"),
            own: PeerRecord(id: PeerID(high: 1, low: 1), name: "a"),
            stored: [],
            seed: 1,
            now: .zero
        )
        let slow = ConnectionID(rawValue: 1)
        let hello = MeshHello(
            protocolVersions: 1...1,
            cluster: "test",
            ranges: [],
            capabilities: 0,
            own: PeerRecord(id: PeerID(high: 2, low: 2), name: "b", endpoints: [.v4(1)]).entry
        )
        _ = core.handle(.opened(slow, isOutbound: false, remote: TestNetwork.address(1)), now: .zero)
        _ = core.handle(.received(slow, .hello(hello)), now: .zero)
        _ = core.handle(.writable(slow, false), now: .zero)
        var now = Duration.zero
        for number in 0..<30_000 {
            now += .milliseconds(1)
            let outputs = core.handle(.publish([ring(number % 50, version: UInt64(number + 1))]), now: now)
            let isSent = outputs.contains {
                if case .send = $0 { true } else { false }
            }
            #expect(!isSent)
            if now.components.seconds.isMultiple(of: 2) { _ = core.handle(.received(slow, .needed(true)), now: now) }
        }
        #expect(core.log.items.count <= 8192)
        var latest: [ReplicatedEntry.Key: UInt64] = [:]
        var outputs = core.handle(.writable(slow, true), now: now)
        for _ in 0..<20 {
            for case .send(_, .entries(let entries)) in outputs {
                for entry in entries { latest[entry.key] = max(latest[entry.key] ?? 0, entry.version) }
            }
            now += .milliseconds(50)
            outputs = core.handle(.tick, now: now)
        }
        for number in 0..<50 { #expect(latest[ring(number).key] == UInt64(29_950 + number + 1)) }
    }

    @Test func `peers that restart, with or without their disks, agree again`() {
        for seed in UInt64(0)..<4 {
            var generator = SeededGenerator(seed: seed)
            var network = TestNetwork(seed: seed)
            var addresses: [PeerAddress] = []
            for number in 0..<12 { addresses.append(network.start(number, targets: [0, 1])) }
            network.run(for: .seconds(5))
            for round in 0..<12 {
                let number = Int(generator.next() % 12)
                network.input(addresses[(number + 1) % 12], .publish([ring(round)]))
                network.stop(addresses[number])
                network.run(for: .milliseconds(Int64(generator.next() % 3000)))
                network.start(number, targets: [0, 1], keepsDisk: generator.next() % 2 == 0)
            }
            let time = network.run(atMost: .seconds(30)) { $0.hasConverged && $0.allKnow(12) }
            #expect(time != nil, "seed \(seed)")
            #expect(network.reidentified.isEmpty, "seed \(seed)")
        }
    }

    @Test func `the halves of a network that was cut agree soon after it heals`() {
        var network = TestNetwork(seed: 3)
        for number in 0..<20 { network.start(number, targets: [0]) }
        network.run(for: .seconds(10))
        let middle = TestNetwork.address(10)
        network.isCut = { ($0 < middle) != ($1 < middle) }
        network.applyCut()
        network.run(for: .seconds(5))
        network.input(TestNetwork.address(1), .publish([ring(1)]))
        network.input(TestNetwork.address(15), .publish([ring(2)]))
        network.run(for: .seconds(60))
        #expect(!network.hasConverged)
        let lost = network.cores[TestNetwork.address(1)]?.unreachable.count
        #expect(lost == 10, "the others are told who is out of reach")
        network.isCut = { _, _ in false }
        #expect(network.run(atMost: .seconds(80)) { $0.hasConverged } != nil)
        #expect(network.run(atMost: .seconds(60)) { $0.cores.values.allSatisfy(\.unreachable.isEmpty) } != nil)
    }

    @Test func `a peer that died is told to be out of reach, and not once it is back`() throws {
        var network = TestNetwork(seed: 4)
        var addresses: [PeerAddress] = []
        for number in 0..<20 { addresses.append(network.start(number, targets: [0])) }
        network.run(for: .seconds(10))
        let id = try #require(network.cores[addresses[5]]?.own.id)
        network.stop(addresses[5])
        let time = network.run(atMost: .seconds(40)) { network in
            addresses.allSatisfy { network.cores[$0].map { $0.unreachable == [id] } ?? true }
        }
        #expect(time != nil)
        network.start(5, id: id, targets: [0])
        #expect(network.run(atMost: .seconds(5)) { $0.cores.values.allSatisfy(\.unreachable.isEmpty) } != nil)
    }

    @Test func `a place that does not answer is dialled less and less often, at least once a minute`() {
        var network = TestNetwork()
        let here = network.start(0, targets: [9])
        network.run(for: .seconds(5))
        let early = network.cores[here]?.counters.dials ?? 0
        #expect((4...8).contains(early), "\(early)")
        network.run(for: .seconds(595))
        let late = network.cores[here]?.counters.dials ?? 0
        #expect((15...32).contains(late), "\(late)")
        #expect(network.cores[here]?.connections.first?.state == .failed)
        network.start(9)
        #expect(network.run(atMost: .seconds(80)) { $0.allKnow(2) } != nil)
    }

    @Test func `what the user takes back is not dialled again`() {
        var network = TestNetwork()
        let here = network.start(0, targets: [8, 9])
        network.run(for: .seconds(10))
        network.input(here, .forget([TestNetwork.address(8)]))
        network.input(here, .connect([TestNetwork.address(7)], replace: true))
        #expect(network.cores[here]?.targets == [TestNetwork.address(7)])
        network.run(for: .seconds(200))
        #expect(network.cores[here]?.connections.count == 1)
    }

    @Test func `a silent peer's connection is closed`() {
        var network = TestNetwork()
        let here = network.start(0)
        let there = network.start(1, targets: [0])
        network.run(for: .seconds(2))
        network.rewrite = { _, from, _ in
            guard from == there else { return .needed(true) }
            return nil
        }
        network.run(for: .seconds(13))
        #expect(network.cores[here]?.neighbours.isEmpty == true)
    }

    @Test func `many peers have few connections, and each has all entries`() {
        var network = TestNetwork(seed: 8)
        for number in 0..<120 { network.start(number, targets: [0]) }
        network.run(for: .seconds(60))
        #expect(network.hasConverged && network.allKnow(120))
        for (address, core) in network.cores where address != TestNetwork.address(0) {
            #expect(core.neighbours.count <= 16, "\(address)")
        }
    }
}
