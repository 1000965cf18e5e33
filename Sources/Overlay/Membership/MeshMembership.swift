import Addressing
import Logging
import OverlayCore
import OverlayMesh
import ServiceLifecycle

/// Members from the peers' own mesh.
actor MeshMembership: MembershipProvider, CustomStringConvertible {
    nonisolated let description = "mesh"

    private let transport: MeshTransport
    private let resolver: TargetResolver
    private let targetStore: TargetStore
    private let daemon: OverlayDaemon
    private let logger: Logger
    /// What the user calls the peers that are always connected to.
    private var targets: [String]
    /// What each of them was resolved to last.
    private var resolved: [String: [PeerAddress]] = [:]
    /// The bridged networks that somebody on this host has joined.
    private var joined: Set<String> = []
    private var isComplete = false
    /// What became of commands, the newest last.
    private var outcomes: [MeshNotice] = []

    /// How often names of targets are looked up anew.
    private static let lookUpInterval: Duration = .seconds(30)
    /// How long after the first connection the list of members is taken to be whole.
    private static let settleTime: Duration = .seconds(2)
    /// How long commands wait for what they asked for.
    private static let patience: Duration = .seconds(15)

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
            await tell()
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
        if outcomes.count > MeshChanges.noticeLimit { outcomes.removeFirst() }
    }

    private func tell() async {
        let node = await transport.node
        let own = node.mesh.own.id
        var view = MembershipView()
        view.members = node.mesh.members.filter { $0.key != own && !$0.value.isRemoved }
        view.ownPrefixes = node.blocks
        view.present = Set(view.members.keys).subtracting(node.mesh.unreachable)
        view.isComplete = isComplete
        await daemon.membersChanged(view)
        await daemon.prefixesChanged(
            Dictionary(uniqueKeysWithValues: joined.map { ($0, node.blocks(ofNetwork: $0)) })
        )
    }

    private func networksChanged() async {
        let entries = await transport.node.mesh.entries(of: .network)
        var networks: [String: NetworkRecord] = [:]
        for entry in entries {
            guard let name = String(validating: entry.key.name, as: UTF8.self), NetworkRecord.problem(ofName: name) == nil,
                let record = NetworkRecord(value: entry.value)
            else {
                logger.warning("ignoring a network that cannot be read", metadata: ["key": "\(entry.key.name)"])
                continue
            }
            if !record.isRemoved { networks[name] = record }
        }
        await daemon.networksChanged(networks)
    }

    /// The list of members is whole some time after the first connection; at once where there is nobody to connect to.
    private func settle() async {
        await networksChanged()
        while !Task.isCancelled {
            let node = await transport.node
            let isAlone = targets.isEmpty && node.mesh.memberCount == 1
            if isAlone || node.mesh.connections.contains(where: { $0.state == .established }) {
                if !isAlone { try? await Task.sleep(for: Self.settleTime) }
                isComplete = true
                await tell()
                break
            }
            try? await Task.sleep(for: .milliseconds(200))
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

    func moreSpace(network: String, family: IPFamily) async -> SpaceGrant {
        let before = await blocks(of: network)
        let mark = outcomes.count
        await requestBlock(network: network, family: family)
        var failure: String?
        let end = ContinuousClock.now + .seconds(8)
        while ContinuousClock.now < end, !Task.isCancelled {
            let now = await blocks(of: network)
            if now != before { return .granted(now) }
            if let reason = outcomes.dropFirst(mark).compactMap(\.failure).last {
                failure = reason
                break
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
        return .refused(failure ?? "no peer has given any within 8 seconds")
    }

    func blocks(of network: String) async -> [IPPrefix] {
        await transport.node.blocks(ofNetwork: network)
    }

    func join(network: String) async {
        guard let record = await record(of: network), joined.insert(network).inserted else { return }
        for range in record.sharedRanges(network: network) {
            await transport.addRange(range, owns: false)
            await transport.needBlock(range.family, network: network)
        }
    }

    func leave(network: String) async {
        guard joined.remove(network) != nil else { return }
        for block in await transport.node.blocks(ofNetwork: network) {
            await transport.releaseBlock(block, network: network)
        }
    }

    /// Makes a network, of whose range we have all at first.
    func create(network: String, _ record: NetworkRecord) async {
        let isNew = await self.record(of: network) == nil
        await publish(network, record)
        for range in record.sharedRanges(network: network) where isNew {
            await transport.addRange(range, owns: true)
        }
        await networksChanged()
    }

    func remove(network: String, _ record: NetworkRecord) async {
        var record = record
        record.isRemoved = true
        await publish(network, record)
        joined.remove(network)
        await transport.removeRange(network: network)
        await networksChanged()
    }

    private func record(of network: String) async -> NetworkRecord? {
        let record = await transport.node.mesh.entry(NetworkRecord.key(network)).flatMap { NetworkRecord(value: $0.value) }
        return record?.isRemoved == false ? record : nil
    }

    private func requestBlock(network: String, family: IPFamily) async {
        await transport.needBlock(family, network: network)
    }

    func perform(_ command: MembershipCommand) async throws(CommandRefusal) -> String? {
        switch command {
        case .connect(let peers, let replacing):
            for peer in peers where Target(peer, defaultPort: 1) == nil {
                throw CommandRefusal("peer \"\(peer)\": must be host, host:port or [address]:port")
            }
            if replacing { targets = [] }
            targets += peers.filter { !targets.contains($0) }
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
            let mark = outcomes.count
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
        let isLive = node.mesh.connections.contains { $0.peer == peer.id && $0.state == .established }
        if isLive {
            throw CommandRefusal("\"\(text)\" is connected: reset it there, or stop it first if it is to be removed")
        }
        let mark = outcomes.count
        await transport.remove(peer.id)
        return try await outcome(after: mark, of: "rmpeer \(text)") { notice in
            guard case .removed(peer.id, let heir) = notice else { return nil }
            let name = node.mesh.members[heir]?.name ?? heir.description
            return "\(text) is removed; its address space is \(name)'s now"
        }
    }

    private func outcome(
        after mark: Int,
        of what: String,
        _ text: (MeshNotice) -> String?
    ) async throws(CommandRefusal) -> String {
        let end = ContinuousClock.now + Self.patience
        while ContinuousClock.now < end {
            for notice in outcomes.dropFirst(mark) {
                if let text = text(notice) { return text }
                if let failure = notice.failure { throw CommandRefusal(failure) }
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
        throw CommandRefusal("\(what): nobody has answered within \(Self.patience)")
    }

    func describe(into status: inout OverlayStatus) async {
        let node = await transport.node
        let connections = node.mesh.connections
        status.targets = targets.map { target in
            let addresses = resolved[target] ?? []
            guard !addresses.isEmpty else {
                return .init(text: target, state: "failed", reason: "its name has no address")
            }
            let own = connections.filter { addresses.contains($0.remote) }
            let state = own.first { $0.state == .established } ?? own.first
            return .init(text: target, state: state?.state.rawValue ?? "connecting", reason: state?.detail ?? "")
        }
        status.connections = connections.map { connection in
            let name = connection.peer.map { "\($0)(\(connection.name ?? ""))" }
            return .init(
                isOutbound: connection.isOutbound,
                remote: "\(connection.remote)",
                state: connection.state.rawValue,
                info: [name, connection.detail.isEmpty ? nil : connection.detail].compactMap(\.self)
                    .joined(separator: " ")
            )
        }
        describe(node, &status.ipam)
        status.problems += node.addressConflicts
        if let problem = await transport.storeProblem { status.problems.append("\(problem)") }
    }

    private func describe(_ node: MeshNode, _ ipam: inout OverlayStatus.IPAM) {
        let ranges = node.addressStatus.filter { $0.range.id.isEmpty }
        // Families differ at most for a moment; what is not ready is what matters.
        ipam.state = (ranges.first { $0.text != "ready" } ?? ranges.first)?.text ?? "idle"
        ipam.owners = ranges.flatMap { range in
            node.addressOwners(of: range.range).map { owner in
                OverlayStatus.IPAM.Owner(
                    name: "\(owner.id)(\(owner.name)) \(range.range.family)",
                    blocks: Int(clamping: owner.blocks),
                    total: Int(clamping: range.range.blockCount),
                    isReachable: owner.isReachable
                )
            }
        }
    }

    // MARK: Networks

    /// Has all peers know a network.
    private func publish(_ name: String, _ record: NetworkRecord) async {
        let key = NetworkRecord.key(name)
        let version = await transport.node.mesh.entry(key)?.version ?? 0
        await transport.publish([ReplicatedEntry(key: key, version: version &+ 1, value: record.value)])
    }
}

extension MeshNotice {
    /// Why something could not be had.
    fileprivate var failure: String? {
        if case .failed(let reason) = self { reason } else { nil }
    }
}
