import SeededTesting
import Addressing
import OverlayCore

/// Peers, and connections between them on which messages take some time; all in one place, and the same for each seed.
///
/// Connections are as TCP's: in order, whole, or gone.
struct TestNetwork {
    private(set) var now = Duration.zero
    var cores: [PeerAddress: MeshCore] = [:]
    /// The addresses in the order in which the peers came.
    private(set) var addresses: [PeerAddress] = []
    /// Who cannot hear whom; the pair in either order.
    var isCut: (PeerAddress, PeerAddress) -> Bool = { _, _ in false }
    var latency = Duration.milliseconds(2)
    var configuration: MeshConfiguration
    /// What each peer put out that is not the network's business.
    private(set) var refusals: [PeerAddress: [String]] = [:]
    private(set) var reidentified: [PeerAddress: String] = [:]
    private(set) var stored: [PeerAddress: [ReplicatedEntry.Key: ReplicatedEntry]] = [:]
    private(set) var messageCount = 0
    private(set) var byteCount = 0
    /// Remembers what each peer had on disk.
    var keepsDisks = true
    /// Sends each message through its bytes.
    var encodes = false
    /// Called with each message before it arrives; nil drops it.
    var rewrite: ((MeshMessage, _ from: PeerAddress, _ to: PeerAddress) -> MeshMessage?)?

    private var events = EventHeap()
    private var ticks: [PeerAddress: Duration] = [:]
    private var ends: [ConnectionID: (here: PeerAddress, there: PeerAddress, other: ConnectionID)] = [:]
    private var nextConnection: UInt64 = 1
    private var generator: SeededGenerator
    private var instances: UInt64 = 0
    private var identities: [PeerAddress: PeerID] = [:]

    enum Event {
        case tick(PeerAddress)
        case input(PeerAddress, MeshInput)
        case dial(from: PeerAddress, to: PeerAddress)
    }

    init(seed: UInt64 = 1, configuration: MeshConfiguration = MeshConfiguration(cluster: "test")) {
        generator = SeededGenerator(seed: seed)
        self.configuration = configuration
    }

    static func address(_ number: Int) -> PeerAddress {
        PeerAddress(address: .v4(0x0a00_0001 + UInt32(number)))
    }

    /// Starts a peer: a new one, or one that was there, with what it had on disk.
    @discardableResult
    mutating func start(
        _ number: Int,
        id: PeerID? = nil,
        targets: [Int] = [],
        keepsDisk: Bool = true,
        configuration: MeshConfiguration? = nil
    ) -> PeerAddress {
        let address = Self.address(number)
        if !addresses.contains(address) { addresses.append(address) }
        instances += 1
        let record = PeerRecord(
            id: id ?? identities[address] ?? PeerID.random(using: &generator),
            name: "peer-\(number)",
            instance: generator.next(),
            started: 1000 + Int64(instances),
            endpoints: [address.address],
            wireGuardKey: Array(repeating: UInt8(truncatingIfNeeded: number), count: 32)
        )
        identities[address] = record.id
        cores[address] = MeshCore(
            configuration: configuration ?? self.configuration,
            own: record,
            stored: keepsDisk
                ? (stored[address]?.values.sorted { $0.key.name.lexicographicallyPrecedes($1.key.name) } ?? []) : [],
            seed: generator.next(),
            now: now
        )
        if !keepsDisk { stored[address] = nil }
        input(address, .connect(targets.map(Self.address), replace: true))
        return address
    }

    /// Stops a peer; its connections break.
    mutating func stop(_ address: PeerAddress) {
        cores[address] = nil
        for (id, end) in ends.sorted(by: { $0.key < $1.key }) where end.here == address {
            ends[id] = nil
            ends[end.other] = nil
            events.insert(at: now + latency, .input(end.there, .closed(end.other, reason: "reset by peer")))
        }
    }

    /// Puts back what a peer had on disk at another time.
    mutating func restore(_ address: PeerAddress, _ entries: [ReplicatedEntry.Key: ReplicatedEntry]) {
        stored[address] = entries
    }

    /// Breaks the connections that the cut forbids.
    mutating func applyCut() {
        for (id, end) in ends.sorted(by: { $0.key < $1.key }) where isCut(end.here, end.there) {
            ends[id] = nil
            events.insert(at: now + .seconds(1), .input(end.here, .closed(id, reason: "timed out")))
        }
    }

    /// Tells a peer something at once.
    mutating func input(_ address: PeerAddress, _ input: MeshInput) {
        guard let outputs = cores[address]?.handle(input, now: now) else { return }
        for output in outputs { take(output, of: address) }
        if let deadline = cores[address]?.nextDeadline, ticks[address].map({ deadline < $0 || $0 <= now }) ?? true {
            ticks[address] = deadline
            events.insert(at: max(deadline, now), .tick(address))
        }
    }

    private mutating func take(_ output: MeshOutput, of address: PeerAddress) {
        switch output {
        case .dial(let remote): events.insert(at: now + latency, .dial(from: address, to: remote))
        case .send(let id, let message):
            guard let end = ends[id] else { return }
            messageCount += 1
            byteCount += message.encodedByteCount
            guard let message = rewrite == nil ? message : rewrite?(message, address, end.there) else { return }
            if encodes {
                var bytes: [UInt8] = []
                message.encode(into: &bytes)
                do {
                    let decoded = try MeshMessage(decoding: bytes[...])
                    events.insert(at: now + latency, .input(end.there, .received(end.other, decoded)))
                } catch {
                    events.insert(at: now + latency, .input(end.there, .malformed(end.other, reason: "\(error)")))
                }
            } else {
                events.insert(at: now + latency, .input(end.there, .received(end.other, message)))
            }
        case .close(let id, let reason):
            guard let end = ends.removeValue(forKey: id) else { return }
            events.insert(at: now + latency, .input(end.there, .closed(end.other, reason: reason)))
        case .persist(let entries), .store(let entries):
            guard keepsDisks else { break }
            for entry in entries { stored[address, default: [:]][entry.key] = entry }
        case .refused(_, let reason): refusals[address, default: []].append(reason)
        case .reidentify(let reason): reidentified[address] = reason
        case .changed, .log: break
        }
    }

    private mutating func take(_ event: Event) {
        switch event {
        case .tick(let address):
            guard let due = ticks[address], due <= now else { return }
            ticks[address] = nil
            input(address, .tick)
        case .input(let address, let message): input(address, message)
        case .dial(let from, let to):
            guard cores[to] != nil, cores[from] != nil, !isCut(from, to) else {
                return events.insert(
                    at: now + .milliseconds(50),
                    .input(from, .dialFailed(to, reason: "connection refused"))
                )
            }
            let here = ConnectionID(rawValue: nextConnection)
            let there = ConnectionID(rawValue: nextConnection + 1)
            nextConnection += 2
            ends[here] = (from, to, there)
            ends[there] = (to, from, here)
            events.insert(at: now + latency, .input(from, .opened(here, isOutbound: true, remote: to)))
            input(to, .opened(there, isOutbound: false, remote: PeerAddress(address: from.address, port: 40_000)))
        }
    }

    /// Lets time pass.
    mutating func run(for duration: Duration) {
        let end = now + duration
        while let (moment, event) = events.removeFirst(upTo: end) {
            now = max(now, moment)
            take(event)
        }
        now = end
    }

    /// Lets time pass until something holds, at most so long; returns how long it took.
    mutating func run(atMost limit: Duration, until isDone: (TestNetwork) -> Bool) -> Duration? {
        let start = now
        while now - start < limit {
            if isDone(self) { return now - start }
            run(for: .milliseconds(100))
        }
        return isDone(self) ? now - start : nil
    }

    /// All that run have the same entries.
    var hasConverged: Bool { Set(cores.values.lazy.filter { !$0.isRetired }.map(\.digest)).count <= 1 }

    /// All that run know so many members.
    func allKnow(_ count: Int) -> Bool { cores.values.allSatisfy { $0.memberCount == count } }
}

/// Events by their moment, and at one moment in the order in which they came.
struct EventHeap {
    private var items: [(moment: Duration, number: UInt64, event: TestNetwork.Event)] = []
    private var number: UInt64 = 0

    mutating func insert(at moment: Duration, _ event: TestNetwork.Event) {
        number += 1
        items.append((moment, number, event))
        var child = items.count - 1
        while child > 0, isBefore(child, (child - 1) / 2) {
            items.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func removeFirst(upTo limit: Duration) -> (Duration, TestNetwork.Event)? {
        guard let first = items.first, first.moment <= limit else { return nil }
        items.swapAt(0, items.count - 1)
        items.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < items.count && isBefore(child, least) {
                least = child
            }
            if least == parent { return (first.moment, first.event) }
            items.swapAt(parent, least)
            parent = least
        }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (items[left].moment, items[left].number) < (items[right].moment, items[right].number)
    }
}
