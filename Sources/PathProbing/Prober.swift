import CLinux
import Glibc
public import Netlink
public import OverlayCore
import Synchronization

/// Probes the paths to all peers, and tells by which way packets for each are to go.
///
/// The shell around ``PathTable``: sockets on the VXLAN and the WireGuard device, a clock, and a thread of its own.
/// Devices that vanish are looked for again; until then their probes are lost, as packets are.
public final class Prober: Sendable {
    /// Where probes go in and out.
    public struct Devices: Sendable, Hashable {
        /// The VXLAN device's name; nil without one.
        public var vxlan: String?
        /// The WireGuard device's name; nil without one.
        public var wireGuard: String?

        /// Devices by name.
        public init(vxlan: String? = "trama.vxlan", wireGuard: String? = nil) {
            self.vxlan = vxlan
            self.wireGuard = wireGuard
        }
    }

    /// What was sent and received since the beginning.
    public struct Counters: Sendable, Hashable {
        /// Frames sent.
        public var sent: UInt64 = 0
        /// Frames received that are probe frames.
        public var received: UInt64 = 0
        /// Datagrams that are no probe frames.
        public var malformed: UInt64 = 0
        /// Frames that the kernel refused to send, but for their size.
        public var failures: UInt64 = 0
        /// How often a socket was made anew.
        public var rebinds: UInt64 = 0
    }

    /// Says that ``routes`` changed: once for any number of changes. For one consumer.
    public let changes: AsyncStream<Void>

    let state: Mutex<ProberState>
    let wake: WakeEvent
    private let changed: AsyncStream<Void>.Continuation
    private let namespace: NetworkNamespace
    private let start = ContinuousClock.now

    /// A prober that knows no peers yet.
    ///
    /// - Parameters:
    ///   - configuration: What we are and want.
    ///   - devices: The devices' names; they need not exist yet.
    ///   - namespace: Where the devices are.
    public init(
        configuration: PathConfiguration,
        devices: Devices,
        in namespace: consuming NetworkNamespace
    ) throws(NetlinkError) {
        var random = SystemRandomNumberGenerator()
        let table = PathTable(configuration: configuration, seed: random.next(), now: .zero)
        state = Mutex(ProberState(table: table, devices: devices))
        wake = try WakeEvent()
        self.namespace = namespace
        // One element says all that there is to say.
        (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    // MARK: What is known

    /// By which way packets for each peer go.
    public var routes: [PeerID: PeerRoute] { state.withLock { $0.table.routes } }

    /// The paths to all peers, for people.
    public var statuses: [PeerID: PathStatus] { state.withLock { $0.table.statuses } }

    /// The path to a peer, for people.
    public func status(of peer: PeerID) -> PathStatus? { state.withLock { $0.table.status(of: peer) } }

    /// What was sent and received.
    public var counters: Counters { state.withLock { $0.counters } }

    /// What is wrong with the sockets at present; for people.
    public var problems: [PeerRoute.Transport: NetlinkError] { state.withLock { $0.problems } }

    /// The time of ``PathStatus/since``: since this prober was made.
    public var now: Duration { ContinuousClock.now - start }

    /// The transports over which nothing can be asked, for want of a privilege, each with what the kernel says: they
    /// are taken to work.
    public var unprobed: [PeerRoute.Transport: NetlinkError] { state.withLock { $0.unprobed } }

    // MARK: What is told

    /// By which ways an earlier process left packets to each peer; before the peers are told. See ``PathInput/inherit(_:)``.
    public func inherit(_ ways: [PeerID: PeerRoute]) { tell(.inherit(ways)) }

    /// The members are these.
    public func update(peers: [PeerID: PeerRecord]) { tell(.peers(peers)) }

    /// One member is new or different.
    public func update(peer: PeerRecord) { tell(.peer(peer)) }

    /// What we are or want changed.
    public func update(configuration: PathConfiguration) { tell(.configuration(configuration)) }

    /// The mesh hears from these members at present; see ``PathInput/present(_:)``.
    public func update(present: Set<PeerID>) { tell(.present(present)) }

    /// So long ago the kernel last sent something to these peers over VXLAN; see ``PathInput/used(_:)``.
    public func update(used: [PeerID: Duration]) { tell(.used(used)) }

    /// Something about the path to this peer changed, or is suspected; nil is all peers.
    public func recheck(_ peer: PeerID? = nil) { tell(.recheck(peer)) }

    /// Devices are new or others: their sockets are made anew at once.
    public func rebind(_ devices: Devices? = nil) {
        state.withLock { state in
            state.devices = devices ?? state.devices
            state.mustRebind = true
        }
        wake.signal()
    }

    /// Probes until the task is cancelled.
    public func run() async {
        let thread = ProberThread()
        state.withLock { $0.isStopped = false }
        await withTaskCancellationHandler {
            await thread.run(self)
        } onCancel: {
            state.withLock { $0.isStopped = true }
            wake.signal()
        }
    }

    /// Gives the table an input; what it wants sent waits for the thread.
    private func tell(_ input: PathInput) {
        let now = now
        let isChanged = state.withLock { $0.handle(input, now: now) }
        if isChanged { changed.yield() }
        wake.signal()
    }

    /// Gives the table an input, for the thread.
    func handle(_ input: PathInput) {
        let now = now
        if state.withLock({ $0.handle(input, now: now) }) { changed.yield() }
    }

    /// Goes on without probes over a transport.
    func giveUp(_ transport: PeerRoute.Transport, _ error: NetlinkError) {
        state.withLock { state in
            state.problems[transport] = error
            state.unprobed[transport] = error
        }
        handle(.unprobed(transport))
        changed.yield()
    }

    /// The ifindex of a device; nil where there is none.
    func index(of device: String) -> UInt32? {
        try? namespace.enter { () throws(NetlinkError) in try ProbeCall.index(of: device) }
    }

    /// Opens a transport's socket; nil where there is no such device.
    func open(_ transport: PeerRoute.Transport, _ devices: Devices) throws(NetlinkError) -> (any ProbeSocket)? {
        switch transport {
        case .vxlan:
            guard let device = devices.vxlan else { return nil }
            return try VXLANProbeSocket(device: device, in: namespace)
        case .wireGuard:
            guard let device = devices.wireGuard else { return nil }
            let own = state.withLock { $0.table.configuration.own }
            return try WireGuardProbeSocket(device: device, own: own, in: namespace)
        }
    }
}

/// What the prober's thread and its callers share.
struct ProberState: Sendable {
    var table: PathTable
    var devices: Prober.Devices
    /// What is to be sent; bounded, since probes that are late are of no use.
    var outgoing: [Outgoing] = []
    var counters = Prober.Counters()
    var problems: [PeerRoute.Transport: NetlinkError] = [:]
    var unprobed: [PeerRoute.Transport: NetlinkError] = [:]
    var mustRebind = false
    var isStopped = false

    /// A frame to be sent.
    struct Outgoing: Sendable {
        var frame: ProbeFrame
        var peer: PeerID
        var transport: PeerRoute.Transport
        var byteCount: UInt32?
    }

    init(table: PathTable, devices: Prober.Devices) {
        self.table = table
        self.devices = devices
    }

    /// Gives the table an input; returns whether a route changed.
    mutating func handle(_ input: PathInput, now: Duration) -> Bool {
        var isChanged = false
        let before = table.routes.count
        for output in table.handle(input, now: now) {
            switch output {
            case .route:
                isChanged = true
            case .send(let frame, let peer, let transport, let byteCount):
                guard outgoing.count < 4096 else { continue }
                outgoing.append(Outgoing(frame: frame, peer: peer, transport: transport, byteCount: byteCount))
            }
        }
        return isChanged || table.routes.count != before
    }
}
