import SeededTesting
import Addressing
import OverlayCore

/// Hosts with a ``PathTable`` each, and what lies between them: simulated time, latency, loss, MTU.
struct PathNetwork {
    /// What lies between two hosts, for packets from one to the other over one transport.
    struct Link: Hashable {
        var from: PeerID
        var to: PeerID
        var transport: PeerRoute.Transport
    }

    /// Now.
    private(set) var now = Duration.seconds(1000)
    private(set) var tables: [PeerID: PathTable] = [:]
    private(set) var records: [PeerID: PeerRecord] = [:]
    /// Every change of a route, in order.
    private(set) var changes: [(at: Duration, host: PeerID, peer: PeerID, route: PeerRoute)] = []
    /// How many frames of a kind were sent.
    private(set) var counts: [ProbeFrame.Kind: Int] = [:]
    /// What is lost, 0...1; 1 is blocked.
    var loss: (Link) -> Double = { _ in 0 }
    /// The largest pod packet that passes.
    var mtu: (Link) -> UInt32 = { _ in .max }
    /// How long a packet is under way.
    var latency: (Link) -> Duration = { _ in .milliseconds(1) }
    /// Hosts whose daemon does not run.
    var stopped: Set<PeerID> = []
    var random: SeededGenerator
    private var frames: [(at: Duration, link: Link, frame: ProbeFrame)] = []

    init(
        _ hosts: Int = 2,
        seed: UInt64? = nil,
        configure: (inout PathConfiguration, inout PeerRecord) -> Void = { _, _ in }
    ) {
        random = seed.map { SeededGenerator(seed: $0) } ?? SeededGenerator()
        for number in 1...UInt64(hosts) {
            var record = PeerRecord(id: Self.host(number), name: "host\(number)")
            record.endpoints = [.v4(0x0a00_0000 + UInt32(number))]
            record.wireGuardKey = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 32)
            var configuration = PathConfiguration(
                own: record.id,
                tunnelEndpoint: record.tunnelEndpoint,
                hasWireGuard: true
            )
            configure(&configuration, &record)
            configuration.own = record.id
            configuration.encryption = record.encryption
            configuration.underlayMTU = record.underlayMTU
            configuration.tunnelEndpoint = record.tunnelEndpoint
            configuration.hasWireGuard = !record.wireGuardKey.isEmpty
            records[record.id] = record
            tables[record.id] = PathTable(configuration: configuration, seed: random.next(), now: now)
        }
    }

    static func host(_ number: UInt64) -> PeerID { PeerID(high: number, low: 0) }

    /// Tells every host of all others.
    mutating func meet() {
        for host in records.keys.sorted() { handle(host, .peers(records)) }
    }

    /// Begins a host's daemon anew: all that it knew is gone, but for the routes in its kernel.
    mutating func restart(_ host: PeerID) {
        guard let old = tables[host] else { return }
        tables[host] = PathTable(configuration: old.configuration, seed: random.next(), now: now)
        handle(host, .inherit(old.routes))
        handle(host, .peers(records))
    }

    /// Gives a host an input.
    mutating func handle(_ host: PeerID, _ input: PathInput) {
        guard let outputs = tables[host]?.handle(input, now: now) else { return }
        for output in outputs {
            switch output {
            case .route(let peer, let route):
                changes.append((now, host, peer, route))
            case .send(let frame, let to, let transport, let byteCount):
                counts[frame.kind, default: 0] += 1
                let link = Link(from: host, to: to, transport: transport)
                guard byteCount ?? 0 <= mtu(link), Double.random(in: 0..<1, using: &random) >= loss(link) else {
                    continue
                }
                frames.append((now + latency(link), link, frame))
            }
        }
    }

    /// Lets time pass.
    mutating func run(_ time: Duration, until isDone: (PathNetwork) -> Bool = { _ in false }) {
        let end = now + time
        while !isDone(self) {
            let arrival = frames.indices.min { frames[$0].at < frames[$1].at }
            let tick = tables.filter { !stopped.contains($0.key) }.min {
                ($0.value.nextDeadline ?? end, $0.key) < ($1.value.nextDeadline ?? end, $1.key)
            }
            let arrivesAt = arrival.map { frames[$0].at } ?? end
            let ticksAt = tick?.value.nextDeadline ?? end
            guard min(arrivesAt, ticksAt) < end else {
                now = end
                return
            }
            if let arrival, arrivesAt <= ticksAt {
                let (at, link, frame) = frames.remove(at: arrival)
                now = max(now, at)
                guard !stopped.contains(link.to) else { continue }
                handle(link.to, .received(frame, from: source(link)))
            } else if let tick {
                now = max(now, ticksAt)
                handle(tick.key, .tick)
            }
        }
    }

    private func source(_ link: Link) -> ProbeSource {
        switch link.transport {
        case .vxlan: .vxlan(linkAddress: link.from.tunnelLinkAddress.reduce(0) { $0 << 8 | UInt64($1) })
        case .wireGuard: .wireGuard(link.from.wireGuardAddress)
        }
    }

    /// Forgets what was counted and noted.
    mutating func forget() {
        changes = []
        counts = [:]
    }

    func route(_ from: PeerID, _ to: PeerID) -> PeerRoute? { tables[from]?.routes[to] }
    func status(_ from: PeerID, _ to: PeerID) -> PathStatus? { tables[from]?.status(of: to) }
}
