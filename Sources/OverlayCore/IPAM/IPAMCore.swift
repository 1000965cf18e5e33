public import Addressing

/// Shares out the ranges of addresses among the peers, so that no address is ever two peers': decisions only.
///
/// **Why it is safe.** All space of a range has exactly one owner at any time. Ownership of a part is one replicated
/// entry (``RingEntry``), which its owner alone may change, by giving away all of it or its tail; what is given away is
/// durable before it is sent, and whoever gets it knows from that one entry what it has. So it does not matter in which
/// order, how late or how often entries arrive, or how the network is split: two peers cannot both have an entry that
/// names them as the owner of one address. Blocks in use for pods are never given away.
///
/// The first owners are the named seeds, each of which writes its own part, or are decided once with Paxos. Who gets a
/// removed peer's space is decided with Paxos too, by a majority of all the others.
///
/// **Limits.** It relies on each peer writing its own entries only, durably: a copied state folder, or one restored from
/// a backup, writes the same versions again. Then one of the two entries wins everywhere alike; the loser gives no further
/// addresses there and reports the conflict. A peer that is removed while it lives, out of reach, uses its blocks
/// until it hears of it. Of two peers that cannot reach each other, each is the majority of "the others" if the other
/// is removed: with two members `rmpeer` is as safe as the user is sure.
///
/// A moment is a `Duration` since an arbitrary start, the same for all calls. What it does follows from the seed and the
/// inputs.
public struct IPAMCore: Sendable {
    /// What was given at the start.
    public let configuration: IPAMConfiguration
    /// Who we are.
    public let own: PeerID
    /// Our name, which may be that of a seed.
    let ownName: String

    /// The pods' ranges, then the networks'.
    var ranges: [SharedRange] = []
    /// The identity of the pods' ring; nil while we know of none.
    var podRing: UInt64?
    /// The peers that divided the pods' ring at first, where they are known: by seeds' names or by identity.
    var founders: [String]?
    /// Rings of pods that are not ours, each with one of its owners.
    var foreignRings: [UInt64: PeerID] = [:]
    /// When a seed or an initial peer founds or proposes; nil when that is over.
    var foundingDeadline: Duration?
    /// All seeds were seen together when nobody had an address: there is no ring to wait for.
    var seedsWereNew = false
    /// What we do for each network and family.
    var pools: [Pool.Key: Pool] = [:]
    /// No pool wants anything.
    var isSatisfied = false

    /// The versions of the requests that we answered last.
    var served: [ReplicatedEntry.Key: UInt64] = [:]

    /// What neighbours lack, under the keys of such requests.
    var lacks: [ReplicatedEntry.Key: SpaceRequest] = [:]
    /// When they get it.
    var lackDeadline: Duration?

    /// All that we have promised and accepted in decisions.
    var vote: Vote
    /// ``vote`` is to be published.
    var voteHasChanged = false
    /// The decisions that we try to bring about.
    var proposals: [DecisionSubject: Proposal] = [:]
    /// Since when as many peers are here as must agree on the founders.
    var quorumSince: Duration?
    /// The removed peers whose space we are to take.
    var takeOvers: [PeerID: TakeOver] = [:]
    /// All removed peers whose heir we are.
    var legators: Set<PeerID> = []
    /// We are going for good.
    var leaving: Leaving?

    var generator: SplitMix64
    /// We were removed or have left: nothing is done any more.
    var isStopped = false
    /// The next ``IPAMInput/tick`` is due at once.
    private var isFresh = true

    /// A core that begins with what the peer had on disk, of any kind. The prefixes in its own record are the blocks
    /// that it used.
    public init(
        configuration: IPAMConfiguration,
        own: PeerRecord,
        stored: [ReplicatedEntry],
        seed: UInt64,
        now: Duration
    ) {
        self.configuration = configuration
        self.own = own.id
        ownName = own.name
        vote = Vote(acceptor: own.id)
        generator = SplitMix64(seed: seed)
        if let seeds = configuration.seeds {
            founders = seeds
            podRing = configuration.ringIdentity(founders: seeds)
        }
        for range in configuration.ranges where range.id.isEmpty {
            ranges.append(SharedRange(range, ring: podRing))
            pools[Pool.Key(range: range.id, family: range.family)] = Pool(target: 1)
        }
        switch configuration.bootstrap {
        case .seeds: foundingDeadline = place(among: founders ?? []) == nil ? nil : now + configuration.seedDelay
        case .consensus: foundingDeadline = now
        case .join: foundingDeadline = nil
        }
        restore(own, stored, now: now)
    }

    /// Takes note of what happened, and returns what is to be done.
    ///
    /// - Parameter view: All entries as they are now.
    public mutating func handle(_ input: IPAMInput, view: some IPAMView, now: Duration) -> [IPAMOutput] {
        guard !isStopped else { return [] }
        var step = IPAMStep(now: now)
        if isFresh {
            isFresh = false
            recall(view, &step)
        }
        switch input {
        case .tick, .entries, .lack: break
        default: isSatisfied = false
        }
        switch input {
        case .tick: break
        case .entries(let entries): take(entries, view, &step)
        case .lack(let lack, let peer): note(lack, of: peer, &step)
        case .needBlock(let id, let family): need(id, family, &step)
        case .releaseBlock(let id, let block): release(id, block, &step)
        case .removePeer(let peer): remove(peer, view, &step)
        case .leave: leave(view, &step)
        case .addRange(let range, let owns, let blocks): add(range, owns: owns, blocks: blocks, view, &step)
        case .removeRange(let id): removeRanges(of: id, view, &step)
        }
        if !isStopped { advance(view, &step) }
        publishVote(view, &step)
        return finish(&step)
    }

    /// Does what is due, whatever the input was.
    private mutating func advance(_ view: some IPAMView, _ step: inout IPAMStep) {
        found(view, &step)
        if !proposals.isEmpty { advanceProposals(view, &step) }
        if !takeOvers.isEmpty { takeOver(view, &step) }
        if leaving != nil {
            handOn(view, &step)
            checkLeaving(view, &step)
        } else {
            fill(view, &step)
        }
        serveNeighbours(view, &step)
    }

    private func finish(_ step: inout IPAMStep) -> [IPAMOutput] {
        // What we were given comes before what we made of it.
        var outputs: [IPAMOutput] = step.kept.isEmpty ? [] : [.persist(step.kept)]
        if !step.entries.isEmpty { outputs.append(.publish(step.entries)) }
        for id in step.changed.sorted() { outputs.append(.blocksChanged(range: id, blocks(of: id))) }
        return outputs + step.outputs
    }

    /// When ``IPAMInput/tick`` is due; nil if nothing is waited for.
    public var nextDeadline: Duration? {
        guard !isStopped else { return nil }
        if isFresh { return .zero }
        var next: Duration?
        let consider = { (deadline: Duration?) in
            if let deadline { next = next.map { min($0, deadline) } ?? deadline }
        }
        consider(foundingDeadline)
        consider(lackDeadline)
        for pool in pools.values { consider(pool.request?.deadline) }
        for proposal in proposals.values {
            consider(proposal.deadline)
            consider(proposal.retry)
        }
        for takeOver in takeOvers.values { consider(takeOver.deadline) }
        consider(leaving?.deadline)
        return next
    }
}

extension IPAMCore {
    /// The blocks whose addresses our pods may have: all of them are ours.
    public var blocks: [IPPrefix] { blocks(of: "") }

    /// The blocks whose addresses pods in a bridged network may have here; of the pods' own network, for "".
    public func blocks(of id: String) -> [IPPrefix] {
        ranges.filter { $0.range.id == id }.flatMap { range in range.active.map { range.range.blockPrefix($0) } }
            .sorted()
    }

    /// The addresses that are ours, in use or not, ascending; of a network, or for "" of the pods' own.
    public func ownedRanges(of id: String = "") -> [ClosedRange<IPAddress>] {
        ranges.filter { $0.range.id == id }.flatMap { range in
            range.segments.map { range.range.firstAddress($0.first)...range.range.lastAddress($0.last) }
        }
    }

    /// Blocks that pods have addresses of and that are not ours (any more): no further addresses are given there, and the
    /// pods should be replaced. Of a network, or for "" of the pods' own.
    public func drainingBlocks(of id: String = "") -> [IPPrefix] {
        ranges.filter { $0.range.id == id }.flatMap { range in range.draining.map { range.range.blockPrefix($0) } }
            .sorted()
    }

    /// Whether an address of a network, or for "" of the pods' own, is ours, in use or not.
    public func owns(_ address: IPAddress, in id: String = "") -> Bool {
        ranges.contains { range in
            guard range.range.id == id, range.range.prefix.contains(address) else { return false }
            let start = IPPrefix(address, length: range.range.blockLength)
            return start.flatMap { range.range.block($0) }.flatMap { range.segment(containing: $0) } != nil
        }
    }
}
