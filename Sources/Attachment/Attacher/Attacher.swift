public import Addressing
import Netlink

/// Joins containers to this host's networks and takes them off again: the store and the plumbing, in the order in
/// which a crash at any point does no harm.
///
/// Addresses are on the disk as taken before the kernel sees them, and the kernel has lost them before they are
/// released. The plug-in releases on its own (``AttachmentRemoval``), so the store may change at any time.
public actor Attacher {
    private let executor = ThreadExecutor(name: "attacher")
    private let store: AddressStore
    private let plumbing: PodPlumbing
    private let moreSpace: MoreSpace
    private let changed: Changed
    private var networks: [String: AttachableNetwork] = [:]
    /// Keys that something is being done about.
    private var busy: Set<AttachmentKey> = []

    /// Gets another range for a network and family in which no address is left.
    public typealias MoreSpace = @Sendable (_ network: String, _ family: IPFamily) async -> SpaceAnswer

    /// Told of all attachments that the kernel has, after each change; a container is attached when it returns.
    public typealias Changed = @Sendable ([PodAttachment]) async -> Void

    /// What became of a wish for another range.
    public enum SpaceAnswer: Sendable, Hashable {
        /// These are now all the ranges of the network, of both families, whose addresses this host gives.
        case granted([IPPrefix])
        /// There is none: what is free elsewhere, or why nothing could be had, as part of a sentence.
        case refused(String)
    }

    /// How many ranges are asked for on behalf of one container.
    private static let grantLimit = 4

    /// An attacher that knows of no network yet.
    ///
    /// - Parameters:
    ///   - store: Where it remembers what it gave.
    ///   - plumbing: What it changes in the kernel.
    ///   - moreSpace: Called where no address is left, for one container at a time or several at once.
    ///   - changed: Called after each change.
    public init(
        store: AddressStore,
        plumbing: PodPlumbing,
        moreSpace: @escaping MoreSpace,
        changed: @escaping Changed = { _ in }
    ) {
        self.store = store
        self.plumbing = plumbing
        self.moreSpace = moreSpace
        self.changed = changed
    }

    /// The attacher's own thread, where it may wait for the disk.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    // MARK: Networks

    /// Says which networks there are, what of them is this host's to give, and how large packets may be.
    ///
    /// The ranges are written to the store; containers keep what they have.
    public func setNetworks(_ networks: [AttachableNetwork]) throws(AttachmentError) {
        try store.update { table in
            for network in networks { table.setPrefixes(network.prefixes, of: network.name) }
            table.keepNetworks(Set(networks.map(\.name)))
        }
        self.networks = Dictionary(networks.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last })
    }

    /// Gives no further addresses of a range, if nobody has one of it or had one of late; it may be another host's then.
    ///
    /// - Returns: Whether that is so.
    public func withdraw(_ prefix: IPPrefix, of network: String) throws(AttachmentError) -> Bool {
        let isWithdrawn = try store.update { table in table.withdraw(prefix, of: network, now: Machine.now()) }
        if isWithdrawn { networks[network]?.prefixes.removeAll { $0 == prefix } }
        return isWithdrawn
    }

    /// Says why containers cannot be attached to a network now; nil where they can.
    public func obstacle(network name: String = AttachableNetwork.pods) -> AttachmentError? {
        guard let network = networks[name] else { return Self.unknown(name) }
        for family in network.families where !network.prefixes.contains(where: { $0.family == family }) {
            return AttachmentError(
                .tryAgainLater,
                "this host has no range of \(family) addresses yet: see `trama overlay status`"
            )
        }
        return nil
    }

    // MARK: Containers

    /// Joins a container to a network.
    ///
    /// - Returns: The attachment as it is now in the kernel and on the disk.
    public func attach(_ request: AttachRequest) async throws(AttachmentError) -> PodAttachment {
        try request.key.check()
        if !request.name.isEmpty, let problem = AttachmentName.problem(of: request.name) {
            throw AttachmentError(.unsupportedField, problem)
        }
        try occupy(request.key)
        defer { busy.remove(request.key) }
        if let present = try await present(request) { return present }
        let reserved = try await reserve(request)
        var attachment: PodAttachment
        do {
            attachment = try await plumbing.attach(reserved)
        } catch {
            // Where the kernel still has something of it, the addresses stay taken until it is cleared away.
            do {
                try await plumbing.remove(request.key)
            } catch let leftover {
                throw AttachmentError(error.code, error.message, details: "\(error.details); left over: \(leftover)")
            }
            let wasUsed = error.code == .kernel
            try store.update { table in
                _ = table.release(request.key, now: Machine.now(), wasUsed: wasUsed)
            }
            throw error
        }
        guard try store.update({ table in table.complete(reserved, as: attachment) }) else {
            // The runtime gave up waiting, and the plug-in released the addresses.
            try await plumbing.remove(request.key)
            throw AttachmentError(.unknownContainer, "\(request.key) was detached while it was being attached")
        }
        attachment.isComplete = true
        await changed(try attachments())
        return attachment
    }

    /// The attachment of that key, if it is intact; nil where there is none, or only what is left of one.
    private func present(_ request: AttachRequest) async throws(AttachmentError) -> PodAttachment? {
        guard
            let present = try store.read().attachments[request.key], present.isComplete,
            present.bootID == (try Machine.bootID()), try await plumbing.hasHostEnd(request.key)
        else { return nil }
        let addresses = present.addresses.map(\.description).joined(separator: ", ")
        guard
            request.isRepeatable, present.namespace == request.namespace, present.network == request.network,
            Set(request.addresses).isSubset(of: present.addresses), request.name.isEmpty || request.name == present.name
        else {
            throw AttachmentError(
                .interfaceExists,
                "\(request.key) is attached already, in \(present.namespace) with \(addresses): detach it first"
            )
        }
        return (try? await plumbing.check(present)) != nil ? present : nil
    }

    /// Takes addresses, with more ranges where these are full.
    private func reserve(_ request: AttachRequest) async throws(AttachmentError) -> PodAttachment {
        let bootID = try Machine.bootID()
        try checkMTU(of: request)
        var grants = 0
        while true {
            guard let network = networks[request.network] else { throw Self.unknown(request.network) }
            let wish = PodAttachment(
                key: request.key,
                network: network.name,
                namespace: request.namespace,
                label: request.label,
                name: request.name,
                addresses: request.addresses,
                ranges: network.ranges,
                bridge: network.bridge,
                mtu: min(request.mtu ?? network.mtu, network.mtu),
                bootID: bootID
            )
            let outcome = try store.update { table in
                Result<PodAttachment, ReservationError> { () throws(ReservationError) in
                    try table.reserve(wish, families: network.families, now: Machine.now())
                }
            }
            switch outcome {
            case .success(let attachment): return attachment
            case .failure(.noneLeft(let shortage)) where grants < Self.grantLimit:
                grants += 1
                switch await moreSpace(network.name, shortage.family) {
                case .granted(let prefixes):
                    try store.update { table in table.setPrefixes(prefixes, of: network.name) }
                    networks[network.name]?.prefixes = prefixes
                case .refused(let reason):
                    throw ReservationError.noneLeft(shortage).attachmentError(elsewhere: reason)
                }
            case .failure(let error): throw error.attachmentError()
            }
        }
    }

    /// Refuses packets that are too small for IP.
    private func checkMTU(of request: AttachRequest) throws(AttachmentError) {
        let least: UInt32 = networks[request.network]?.families.contains(.ipv6) == true ? 1280 : 576
        guard let mtu = request.mtu, mtu < least else { return }
        throw AttachmentError(.unsupportedField, "mtu \(mtu) is too small: use at least \(least), or none")
    }

    /// Takes a container off its network, and releases its addresses; done also where there is none.
    ///
    /// - Returns: What it was; nil where there was none.
    @discardableResult
    public func detach(_ key: AttachmentKey) async throws(AttachmentError) -> PodAttachment? {
        try occupy(key)
        defer { busy.remove(key) }
        let removed = try await AttachmentRemoval(store: store, plumbing: plumbing).remove(key)
        if removed != nil { await changed(try attachments()) }
        return removed
    }

    /// Looks whether an attachment is as it was made.
    ///
    /// - Throws: `.unknownContainer` where there is none; `.altered` where the kernel has not all of it.
    @discardableResult
    public func check(_ key: AttachmentKey) async throws(AttachmentError) -> PodAttachment {
        guard let attachment = try store.read().attachments[key] else {
            throw AttachmentError(.unknownContainer, "\(key) is not attached")
        }
        try await plumbing.check(attachment)
        return attachment
    }

    /// The attachments that the kernel has, by key; read from the disk, since the plug-in changes them too.
    public func attachments() throws(AttachmentError) -> [PodAttachment] {
        let bootID = try Machine.bootID()
        return try store.read().attachments.values
            // What is no container outlives a start of the machine: nothing of it is in the kernel.
            .filter { $0.isComplete && ($0.bootID == bootID || $0.namespace.isEmpty) }
            .sorted { $0.key < $1.key }
    }

    /// Reads the store again, and tells of what is in it: another program may have changed it.
    public func refresh() async throws(AttachmentError) { await changed(try attachments()) }

    /// All that the store holds.
    public func table() throws(AttachmentError) -> AttachmentTable { try store.read() }

    /// Takes addresses for something that is no container, such as the host itself; ``detach(_:)`` releases them.
    public func reserveOnly(_ request: AttachRequest) async throws(AttachmentError) -> PodAttachment {
        try request.key.check()
        try occupy(request.key)
        defer { busy.remove(request.key) }
        var attachment = try await reserve(request)
        // There is nothing to be made in the kernel.
        guard try store.update({ table in table.complete(attachment, as: attachment) }) else {
            throw AttachmentError(.tryAgainLater, "\(request.key) was detached at this moment: try again")
        }
        attachment.isComplete = true
        await changed(try attachments())
        return attachment
    }

    /// Releases what belongs to containers that are gone, and the host's ends with them.
    ///
    /// After a start of the machine all are; they keep their addresses for `patience`, and while there is a namespace
    /// at their path, so that those which are attached again get the same.
    ///
    /// - Returns: What was released.
    @discardableResult
    public func sweep(patience: Duration = .seconds(600)) async throws(AttachmentError) -> [PodAttachment] {
        let removal = AttachmentRemoval(store: store, plumbing: plumbing)
        let isPatient = .seconds(Machine.uptime()) < patience
        let bootID = try Machine.bootID()
        var released: [PodAttachment] = []
        for attachment in try store.read().attachments.values.sorted(by: { $0.key < $1.key }) {
            if attachment.namespace.isEmpty || busy.contains(attachment.key) { continue }
            let isOfThisBoot = attachment.bootID == bootID
            guard isOfThisBoot || !isPatient && !plumbing.namespaceExists(attachment.namespace) else { continue }
            guard try await !plumbing.hasHostEnd(attachment.key) else { continue }
            guard busy.insert(attachment.key).inserted else { continue }
            defer { busy.remove(attachment.key) }
            if let attachment = try await removal.remove(attachment.key) { released.append(attachment) }
        }
        if !released.isEmpty { await changed(try attachments()) }
        return released
    }

    private func occupy(_ key: AttachmentKey) throws(AttachmentError) {
        guard busy.insert(key).inserted else {
            throw AttachmentError(.tryAgainLater, "\(key) is being attached or detached at this moment: try again")
        }
    }

    private static func unknown(_ network: String) -> AttachmentError {
        network.isEmpty
            ? AttachmentError(.tryAgainLater, "the pod network is not up yet: see `trama overlay status`")
            : AttachmentError(
                .unknownNetwork,
                "this host has not joined a network \"\(network)\": see `trama network ls`, `trama network join`"
            )
    }
}
