import Addressing
import Logging
import OverlayCore
import OverlayMesh
import ServiceLifecycle

/// Members from the peers' own mesh.
actor MeshMembership: MembershipProvider, CustomStringConvertible {
    nonisolated let description = "mesh"

    let transport: MeshTransport
    private let resolver: TargetResolver
    private let targetStore: TargetStore
    let daemon: OverlayDaemon
    let logger: Logger
    /// What the user calls the peers that are always connected to.
    var targets: [String]
    /// What each of them was resolved to last.
    var resolved: [String: [PeerAddress]] = [:]
    /// The bridged networks that somebody on this host has joined.
    var joined: Set<String> = []
    private var isComplete = false
    private var isTelling = false
    /// There was news while the last was being told.
    private var hasMoreToTell = false
    /// The bridged networks whose ranges we share out, joined or not: an owner of space must answer who asks for some.
    var shared: [String: NetworkRecord] = [:]
    var isReadingNetworks = false
    /// Who waits for the end of a reading of networks.
    var readers = WaitingRoom()
    /// Who waits for the end of a telling.
    private var tellers = WaitingRoom()
    /// Who waits for something new in the mesh.
    var waiters = WaitingRoom()
    /// What became of commands, the newest last.
    var outcomes = NoticeLog()

    /// How often names of targets are looked up anew.
    private static let lookUpInterval: Duration = .seconds(30)
    /// How long after the first connection the list of members is taken to be whole.
    private static let settleTime: Duration = .seconds(2)
    /// How long commands wait for what they asked for.
    private static let patience: Duration = .seconds(15)
    /// How long `rmpeer` waits for all others to give a peer up: the mesh takes 15 seconds to suspect one.
    private static let suspicionPatience: Duration = .seconds(30)

    init(
        transport: MeshTransport,
        targets: [String],
        targetStore: TargetStore,
        defaultPort: UInt16,
        daemon: OverlayDaemon,
        logger: Logger
    ) {
        self.transport = transport
        self.targets = targets
        self.targetStore = targetStore
        self.daemon = daemon
        self.logger = logger
        resolver = TargetResolver(defaultPort: defaultPort)
    }

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.transport.run() }
            group.addTask { await self.follow() }
            group.addTask { await self.connectTargets() }
            group.addTask { await self.settle() }
            group.addTask { await self.returnIdleBlocks() }
            // The transport's end is ours; the others end with it.
            try await group.next()
            group.cancelAll()
        }
    }

    // MARK: What is new

    private func follow() async {
        await tell()
        for await _ in transport.changes {
            let changes = await transport.takeChanges()
            for notice in changes.notices { note(notice) }
            if changes.contains(.network) { await networksChanged() }
            let names = changes.keys.filter { $0.kind == .names }
            if !names.isEmpty {
                let mesh = await transport.node.mesh
                await namesChanged(names.compactMap { mesh.entry($0) })
            }
            await tell()
            waiters.call()
        }
        // The transport has ended: stay until the group is told so.
        try? await Task.sleep(for: .seconds(60))
    }

    private func note(_ notice: MeshNotice) {
        switch notice {
        case .failed(let reason): logger.warning("\(reason)")
        case .refused(let remote, let reason):
            logger.error("no connection with \(remote)", metadata: ["reason": "\(reason)"])
        case .removed(let peer, let heir):
            logger.notice("a peer was removed", metadata: ["peer": "\(peer)", "heir": "\(heir)"])
        case .left: logger.notice("all address space was handed on")
        }
        outcomes.append(notice)
    }

    /// Tells the daemon of members and prefixes, as they are at this moment or later.
    func tell() async {
        // One at a time: of two at once the one that read first could be the last to be heard.
        hasMoreToTell = true
        while isTelling {
            let ticket = tellers.enter()
            await ticket.wait(until: .now + .seconds(60))
            tellers.leave(ticket)
            if Task.isCancelled { return }
        }
        guard hasMoreToTell else { return }
        isTelling = true
        hasMoreToTell = false
        await tellAll()
        isTelling = false
        tellers.call()
    }

    private func tellAll() async {
        let node = await transport.node
        let own = node.mesh.own.id
        var view = MembershipView()
        view.members = node.mesh.members.filter { $0.key != own && !$0.value.isRemoved }
        // Not the node's: before the disk knows that a block is in use, nobody gets an address of it.
        view.ownPrefixes = await transport.grantedBlocks[""] ?? []
        view.present = Set(view.members.keys).subtracting(node.mesh.unreachable)
        view.isComplete = isComplete
        await daemon.membersChanged(view)
        await daemon.prefixesChanged(
            Dictionary(uniqueKeysWithValues: joined.map { ($0, node.blocks(ofNetwork: $0)) })
        )
    }

    /// The list of members is whole some time after the first connection; at once where there is nobody to connect to.
    private func settle() async {
        await networksChanged()
        await namesChanged(await transport.node.mesh.entries(of: .names))
        while !Task.isCancelled {
            let ticket = waiters.enter()
            defer { waiters.leave(ticket) }
            let node = await transport.node
            let isAlone = targets.isEmpty && node.mesh.memberCount == 1
            if isAlone || node.mesh.connections.contains(where: { $0.state == .established }) {
                if !isAlone { try? await Task.sleep(for: Self.settleTime) }
                isComplete = true
                await tell()
                break
            }
            // Connections are no news of the mesh by themselves.
            await ticket.wait(until: .now + .milliseconds(200))
        }
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3_600)) }
    }

    // MARK: Targets

    private func connectTargets() async {
        while !Task.isCancelled {
            await resolveTargets()
            try? await Task.sleep(for: Self.lookUpInterval)
        }
    }

    /// Looks all targets up, and tells the mesh where they are.
    private func resolveTargets() async {
        var found: [String: [PeerAddress]] = [:]
        for target in targets {
            let addresses = await resolver.resolve(target)
            if addresses.isEmpty {
                logger.warning("target \"\(target)\" has no address now, looking it up again later")
            }
            // A name that cannot be looked up for a moment keeps its address.
            found[target] = addresses.isEmpty ? resolved[target] : addresses
        }
        guard found != resolved else { return }
        resolved = found
        await transport.connect(targets.flatMap { found[$0] ?? [] }, replace: true)
    }

    private func keepTargets() {
        do {
            try targetStore.write(targets)
        } catch {
            logger.warning("cannot keep the targets for the next start", metadata: ["error": "\(error)"])
        }
    }

    // MARK: MembershipProvider

    func setOwn(_ record: PeerRecord) async {
        await transport.updateOwn { own in
            own.name = record.name
            own.endpoints = record.endpoints
            own.underlayPrefixLength = record.underlayPrefixLength
            own.underlayMTU = record.underlayMTU
            own.vxlanPort = record.vxlanPort
            own.wireGuardPort = record.wireGuardPort
            own.wireGuardKey = record.wireGuardKey
            own.encryption = record.encryption
            own.networks = record.networks
        }
    }

    func perform(_ command: MembershipCommand) async throws(CommandRefusal) -> String? {
        switch command {
        case .connect(let peers, let replacing):
            for peer in peers where Target(peer, defaultPort: 1) == nil {
                throw CommandRefusal("peer \"\(peer)\": must be host, host:port or [address]:port")
            }
            if replacing { targets = [] }
            for peer in peers where !targets.contains(peer) { targets.append(peer) }
            keepTargets()
            await resolveTargets()
            return ""
        case .forget(let peers):
            for peer in peers where !targets.contains(peer) {
                throw CommandRefusal("peer \"\(peer)\" is no target: `trama overlay status targets` lists them")
            }
            targets.removeAll { peers.contains($0) }
            keepTargets()
            await resolveTargets()
            return ""
        case .removePeer(let text):
            return try await removePeer(text)
        case .leave:
            let mark = outcomes.end
            await transport.leave()
            return try await outcome(after: mark, of: "leave") { $0 == .left ? "" : nil }
        }
    }

    private func removePeer(_ text: String) async throws(CommandRefusal) -> String {
        let node = await transport.node
        let matches = node.mesh.members.values.filter { $0.id.description == text || $0.name == text }
        guard let peer = matches.first else {
            throw CommandRefusal("there is no peer \"\(text)\": `trama overlay status peers` lists them")
        }
        guard matches.count == 1 else {
            let ids = matches.map(\.id.description).sorted().joined(separator: ", ")
            throw CommandRefusal("\(matches.count) peers are called \"\(text)\": name one by its identity: \(ids)")
        }
        guard peer.id != node.mesh.own.id else {
            throw CommandRefusal("\"\(text)\" is this host: `trama overlay reset` takes it out of the cluster")
        }
        try await waitUntilGone(peer, text)
        let mark = outcomes.end
        await transport.remove(peer.id)
        return try await outcome(after: mark, of: "rmpeer \(text)") { notice in
            guard case .removed(peer.id, let heir) = notice else { return nil }
            let name = node.mesh.members[heir]?.name ?? heir.description
            return "\(text) is removed; its address space is \(name)'s now"
        }
    }

    /// A peer that somebody reaches must not lose its addresses: its pods would go on with them.
    private func waitUntilGone(_ peer: PeerRecord, _ text: String) async throws(CommandRefusal) {
        let end = ContinuousClock.now + Self.suspicionPatience
        while true {
            let ticket = waiters.enter()
            defer { waiters.leave(ticket) }
            let mesh = await transport.node.mesh
            if mesh.connections.contains(where: { $0.peer == peer.id && $0.state == .established }) {
                throw CommandRefusal(
                    "\"\(text)\" is connected: reset it there, or stop it first if it is to be removed"
                )
            }
            if mesh.unreachable.contains(peer.id) { return }
            guard ContinuousClock.now < end else {
                throw CommandRefusal("\"\(text)\" is reached by another peer: reset it there, or stop it first")
            }
            await ticket.wait(until: .now + .milliseconds(500))
        }
    }

    private func outcome(
        after mark: Int,
        of what: String,
        _ text: (MeshNotice) -> String?
    ) async throws(CommandRefusal) -> String {
        let end = ContinuousClock.now + Self.patience
        while ContinuousClock.now < end, !Task.isCancelled {
            let ticket = waiters.enter()
            defer { waiters.leave(ticket) }
            for notice in outcomes.since(mark) {
                if let text = text(notice) { return text }
                if let failure = notice.failure { throw CommandRefusal(failure) }
            }
            await ticket.wait(until: end)
        }
        throw CommandRefusal("\(what): nobody has answered within \(Self.patience)")
    }

}
