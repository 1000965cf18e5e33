import Addressing
import Attachment
import Logging
import Netlink
import Observability
import OverlayCore
import OverlayDataplane
import PathProbing
import ServiceLifecycle
import WireGuard

/// What this host is in the overlay, and the one place where its parts meet.
///
/// Members, paths, the underlay and attachments each say what is new; ``run()`` works out what follows from all of them
/// together and hands it on: the WireGuard device first, so that it accepts what routes are about to bring, then the
/// kernel's links, routes and rules.
actor OverlayDaemon: ServiceLifecycle.Service, CustomStringConvertible {
    nonisolated let description = "overlay"

    let configuration: OverlayConfiguration
    let reconciler: OverlayReconciler
    let prober: Prober
    let tunnel: WireGuardTunnel?
    /// Hands plans to the tunnel.
    let feed: TunnelFeed?
    /// Why there is no tunnel.
    let tunnelProblem: String?
    /// What drives the tunnel, for people.
    let tunnelKind: String?
    private let tunnelSecret: WireGuardSecret
    let presharedKey: WireGuardSecret?
    let attacher: Attacher
    let metrics: OverlayMetrics
    let logger: Logger
    private(set) var provider: (any MembershipProvider)?

    /// What we say of ourselves.
    private(set) var own: PeerRecord
    private(set) var view = MembershipView()
    private(set) var underlay: Underlay?
    /// Whether each was told of at least once. Before that nothing is handed on, and the kernel is as an earlier daemon
    /// left it: what is not known yet must not be taken for what is no more.
    private var isViewKnown = false
    private var isUnderlayKnown = false
    private(set) var routes: [PeerID: PeerRoute] = [:]
    /// The peers of which the prober was told by which way an earlier daemon left them; nil once all are known of which
    /// there can be any.
    private var heirs: Set<PeerID>? = []
    /// Transports that cannot be probed, each with the reason.
    private(set) var unprobed: [PeerRoute.Transport: NetlinkError] = [:]
    private(set) var attachments: [PodAttachment] = []
    private(set) var podMTU: PodMTU
    /// Bridged networks that somebody on this host has joined, and what of them is ours.
    var networks = JoinedNetworks()
    /// How many requests to join a network are under way, by its name: it is in use although nobody is in it yet.
    var joining: [String: Int] = [:]
    /// The names of containers on all hosts.
    var names: OverlayNames
    /// Which of our blocks have no pods.
    var idle: IdleBlocks
    /// Blocks that are being given back, and are still ours for the moment.
    var withdrawn: Set<IPPrefix> = []
    /// What the kernel refuses, and what was left out.
    private(set) var problems: [String] = []
    /// Since when the encrypted path does not answer.
    private var lateSince: ContinuousClock.Instant?

    // What is asked for, and what of it is done: `settle()` waits for one to reach the other.
    private var wanted: UInt64 = 0
    private var done: UInt64 = 0
    private var waiters: [(target: UInt64, continuation: CheckedContinuation<Void, Never>)] = []
    private var isOver = false
    private var announced: PeerRecord?
    private var offered: [AttachableNetwork] = []
    /// What the prober was told last.
    private var probed: (paths: PathConfiguration, members: [PeerID: PeerRecord], present: Set<PeerID>?)?
    /// Who waits for prefixes to be given to the attacher.
    var prefixWaiters = WaitingRoom()
    private let retries: AsyncStream<Void>
    private let retry: AsyncStream<Void>.Continuation
    private let wakeUps: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation

    init(
        configuration: OverlayConfiguration,
        own: PeerRecord,
        parts: OverlayParts,
        logger: Logger
    ) {
        self.configuration = configuration
        self.own = own
        idle = IdleBlocks(patience: configuration.idleBlockTime)
        names = OverlayNames(zone: parts.names)
        reconciler = parts.reconciler
        prober = parts.prober
        tunnel = parts.tunnel
        feed = parts.feed
        tunnelProblem = parts.tunnelProblem
        tunnelKind = parts.tunnelKind
        tunnelSecret = parts.tunnelSecret
        presharedKey = parts.presharedKey
        attacher = parts.attacher
        metrics = parts.metrics
        self.logger = logger
        podMTU = PodMTU(Self.paths(configuration, own, nil, parts.tunnel != nil), peers: [PeerRecord]())
        (wakeUps, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (retries, retry) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Says where members come from; before ``run()``.
    func setProvider(_ provider: any MembershipProvider) {
        self.provider = provider
    }

    // MARK: What is new

    func membersChanged(_ view: MembershipView) {
        guard view != self.view || !isViewKnown else { return }
        isViewKnown = true
        self.view = view
        serveNames()
        touch()
    }

    func underlayChanged(_ underlay: Underlay?) {
        if let underlay {
            logger.notice(
                "tunnels begin at \(underlay.address)",
                metadata: ["subnet": "/\(underlay.prefixLength)", "mtu": "\(underlay.mtu)"]
            )
        } else {
            logger.error("no interface has an address that others could reach; give one, or name it with --endpoint")
        }
        self.underlay = underlay
        isUnderlayKnown = true
        touch()
    }

    /// The prober says something new.
    func pathsChanged() {
        let unprobed = prober.unprobed
        for (transport, error) in unprobed where self.unprobed[transport] == nil {
            logger.error(
                "cannot probe \(transport), which is taken to work from now on: give the daemon CAP_NET_RAW",
                metadata: ["error": "\(error)"]
            )
        }
        self.unprobed = unprobed
        let routes = prober.routes
        guard routes != self.routes else { return }
        self.routes = routes
        touch()
    }

    /// Something happened to the WireGuard device.
    func tunnelChanged(_ event: WireGuardTunnel.Event) {
        if case .made = event { prober.rebind() }
        touch()
    }

    /// Containers came or went; reads which there are.
    func attachmentsChanged() async {
        do {
            attachments = try await attacher.attachments()
        } catch {
            logger.error("cannot read the attachments, going on with the last", metadata: ["error": "\(error)"])
        }
        await announceNames()
        await rejoinNetworks()
        await leaveUnusedNetworks()
        touch()
    }

    /// Something else is new.
    func touch() {
        wanted += 1
        wakeUp.yield()
    }

    /// Waits until all that is new by now has been handed on.
    func settle() async {
        let target = wanted
        guard done < target, !isOver else { return }
        await withCheckedContinuation { waiters.append((target, $0)) }
    }

    // MARK: What follows

    func run() async throws {
        await attachmentsChanged()
        await withTaskGroup { group in
            group.addTask { await self.tryAgain() }
            for await _ in wakeUps.cancelOnGracefulShutdown() {
                let target = wanted
                await sync()
                done = target
                resumeWaiters { $0 <= target }
            }
            group.cancelAll()
        }
        isOver = true
        resumeWaiters { _ in true }
    }

    /// Has everything handed on once more after something of it failed for reasons that no event tells the end of.
    private func tryAgain() async {
        for await _ in retries {
            try? await Task.sleep(for: Self.retryInterval)
            touch()
        }
    }

    private func resumeWaiters(_ isDone: (UInt64) -> Bool) {
        let ready = waiters.filter { isDone($0.target) }
        waiters.removeAll { isDone($0.target) }
        for waiter in ready { waiter.continuation.resume() }
    }

    private func sync() async {
        updateOwn()
        if announced != own, underlay != nil {
            announced = own
            await provider?.setOwn(own)
        }
        guard isViewKnown, isUnderlayKnown else { return }
        let paths = Self.paths(configuration, own, underlay, tunnel != nil)
        await inherit()
        if probed?.paths != paths { prober.update(configuration: paths) }
        if probed?.members != view.members { prober.update(peers: view.members) }
        if let present = view.present, probed?.present != present { prober.update(present: present) }
        probed = (paths, view.members, view.present)
        // What it makes of all this holds from the first moment on.
        routes = prober.routes
        podMTU = PodMTU(paths, peers: view.members.values)
        if let fixed = configuration.podMTU { podMTU = PodMTU(byteCount: fixed, reason: "--mtu") }
        await offerNetworks()

        let state = kernelState()
        var problems: [String] = []
        if let tunnel, let feed {
            await tunnel.configure(tunnelConfiguration)
            let plan = WireGuardPlan(state, presharedKey: presharedKey, address: \.wireGuardAddress)
            problems += plan.omissions.map(\.description)
            switch await feed.hand(plan) {
            case .done(let problem):
                lateSince = nil
                if let problem { problems.append(problem) }
            case .late:
                let since = lateSince ?? .now
                lateSince = since
                // A busy machine makes it late, too; it is tried again soon, or when it answers.
                if since.duration(to: .now) > Self.latePatience {
                    problems.append("\(configuration.wireGuardDevice): the encrypted path does not answer")
                }
                retry.yield()
            }
        }
        do {
            problems += try await reconciler.apply(state).problems.map(\.description)
        } catch {
            problems.append("\(error)")
        }
        for problem in problems where !self.problems.contains(problem) { logger.error("\(problem)") }
        self.problems = problems
    }

    /// Tells the prober by which ways an earlier daemon left the peers that are new in the view, before it hears of them.
    private func inherit() async {
        guard var heirs else { return }
        var ways: [PeerID: PeerRoute] = [:]
        while true {
            let strangers = Set(view.members.keys).subtracting(heirs)
            if strangers.isEmpty { break }
            // Of the others the kernel has what we made of them. More may be heard of meanwhile.
            let found = await inheritedWays(of: kernelState()).filter { strangers.contains($0.key) }
            ways.merge(found) { first, _ in first }
            heirs.formUnion(strangers)
        }
        if !ways.isEmpty { prober.inherit(ways) }
        // Whoever comes after the list was whole was nobody's peer before.
        self.heirs = view.isComplete ? nil : heirs
    }

    /// Brings what we say of ourselves up to date.
    private func updateOwn() {
        if let underlay {
            own.endpoints = underlay.addresses
            own.underlayPrefixLength = underlay.prefixLength
            own.underlayMTU = underlay.mtu
        }
        own.prefixes = view.ownPrefixes
        own.networks = networks.vnis
    }

    /// How long after a failure the disk is tried again.
    private static let retryInterval: Duration = .seconds(1)
    /// How long the encrypted path may take before that is a problem.
    private static let latePatience: Duration = .seconds(3)

    /// Says to the attacher what it may give.
    private func offerNetworks() async {
        let pods = AttachableNetwork(
            ranges: configuration.ranges,
            prefixes: usable(view.ownPrefixes),
            mtu: podMTU.byteCount
        )
        let offer = [pods] + networks.attachable(mtu: bridgedMTU)
        guard offer != offered else { return }
        do {
            try await attacher.setNetworks(offer)
            offered = offer
            prefixWaiters.call()
        } catch {
            logger.error("cannot keep the prefixes, trying again", metadata: ["error": "\(error)"])
            retry.yield()
        }
    }

    /// The largest packet in bridged networks: frames go in VXLAN, which goes in WireGuard where that is required.
    private var bridgedMTU: UInt32 {
        guard configuration.encryption == .require else { return podMTU.byteCount }
        // An outer IPv6 header (40), UDP (8), VXLAN (8) and the inner Ethernet header (14).
        return max(576, podMTU.byteCount - min(podMTU.byteCount, 70))
    }

    private func kernelState() -> OverlayState {
        var node = OverlayNode(
            id: own.id,
            tunnelEndpoint: underlay?.address,
            prefixes: view.ownPrefixes,
            clusterRanges: configuration.ranges,
            vni: configuration.vni,
            vxlanPort: configuration.vxlanPort,
            wireGuardPort: configuration.port,
            vxlanDevice: configuration.vxlanDevice,
            wireGuardDevice: tunnel == nil ? nil : configuration.wireGuardDevice,
            encryption: configuration.encryption,
            podMTU: podMTU.byteCount,
            underlayMTU: underlay?.mtu ?? 1_500,
            masquerades: configuration.masquerades
        )
        node.exposedAddresses = attachments.filter { $0.key == Self.exposure }.flatMap(\.addresses)
        let routes = routes
        return OverlayState(
            node: node,
            peers: view.members.mapValues { record in
                var route = routes[record.id]
                // At the beginning that may be a peer of which we have not heard yet where it is.
                if route == .unreachable, !view.isComplete { route = nil }
                return OverlayState.Peer(record: record, route: route ?? firstRoute(to: record))
            },
            pods: attachments.filter { $0.network == AttachableNetwork.pods && $0.key != Self.exposure }
                .map { OverlayState.Pod(interface: $0.hostInterface, addresses: $0.addresses) },
            networks: networks.state(attachments: attachments, members: view.members),
            isComplete: view.isComplete
        )
    }

    /// The way to a peer in the first moment, in which the prober has not said anything yet: the preferred one, by
    /// which an earlier daemon sent packets if all was well.
    private func firstRoute(to record: PeerRecord) -> PeerRoute {
        let mtu = podMTU.byteCount
        let isEncryptable = tunnel != nil && !record.wireGuardKey.isEmpty
        switch max(configuration.encryption, record.encryption) {
        case .off: return .vxlan(mtu: mtu)
        case .prefer: return isEncryptable ? .wireGuard(mtu: mtu) : .vxlan(mtu: mtu)
        case .require: return isEncryptable ? .wireGuard(mtu: mtu) : .unreachable
        }
    }

    /// What the WireGuard device is to be.
    private var tunnelConfiguration: WireGuardConfiguration {
        Self.tunnelConfiguration(configuration, own: own, secret: tunnelSecret, underlay: underlay)
    }

    static func tunnelConfiguration(
        _ configuration: OverlayConfiguration,
        own: PeerRecord,
        secret: WireGuardSecret,
        underlay: Underlay?
    ) -> WireGuardConfiguration {
        // Between IPv6 addresses a packet has 20 bytes more around it.
        let overhead: UInt32 = underlay?.address.family == .ipv6 ? 80 : 60
        let mtu = underlay?.mtu ?? 1_500
        return WireGuardConfiguration(
            privateKey: secret,
            listenPort: configuration.port,
            mtu: mtu - min(mtu, overhead),
            addresses: [.init(own.id.wireGuardAddress, prefixLength: PeerID.wireGuardPrefix.length)]
        )
    }

    static func paths(
        _ configuration: OverlayConfiguration,
        _ own: PeerRecord,
        _ underlay: Underlay?,
        _ hasTunnel: Bool
    ) -> PathConfiguration {
        PathConfiguration(
            own: own.id,
            tunnelEndpoint: underlay?.address,
            underlayPrefixLength: underlay?.prefixLength,
            encryption: configuration.encryption,
            hasWireGuard: hasTunnel,
            isDirectAllowed: configuration.usesDirectRoutes,
            underlayMTU: underlay?.mtu ?? 1_500,
            families: Set(configuration.ranges.map(\.family))
        )
    }

    /// What the host's own addresses in the pod network are booked under.
    static let exposure = AttachmentKey(container: "host", interface: "expose")
}
