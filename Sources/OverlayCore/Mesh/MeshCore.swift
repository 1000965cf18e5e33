/// Who talks to whom in the mesh, and what all of them agree on: decisions only, no sockets, no clock, no disk.
///
/// A moment is a `Duration` since an arbitrary start, the same for all calls. The same seed and the same calls give the
/// same answers.
///
/// The peers lie on a ring by the hashes of their keys. Each is connected with its successor, and with one peer in each
/// part of the ring that is between 8^k and 8^(k+1) times some distance away: O(log n) connections, O(log n) hops.
/// News go at once to the neighbours that are not quicker in hearing of them from others; what a peer writes itself goes
/// to all. Every two seconds, and after each flood of news, neighbours compare one number, and where it differs, more
/// and more of what it is made of, until both have the same.
public struct MeshCore: Sendable {
    /// What was given at the start.
    public let configuration: MeshConfiguration
    /// Our own record as it was published last.
    public internal(set) var own: PeerRecord
    /// What has been counted since the start.
    public internal(set) var counters = MeshCounters()
    /// Our identity is lost: nothing is done any more.
    public internal(set) var isRetired = false

    /// ``own`` as an entry.
    var ownEntry: ReplicatedEntry
    var store = EntryStore()
    var log = ChangeLog()
    /// The connections, ascending by number: few, and looked through in a fixed order, so that a seed gives the same run again.
    var links: [MeshConnection] = []
    /// Which connection leads to a peer.
    var established: [PeerID: ConnectionID] = [:]
    /// Ascending by address.
    var dials: [MeshDial] = []
    var suspicions = SuspicionTable()
    var generator: SplitMix64
    var outputs: [MeshOutput] = []
    /// What neighbours lack and asked us for since ``takeLacks()``, the latest last; at most ``lackLimit``.
    private var lacks: [(peer: PeerID, lack: MeshLack)] = []
    private static let lackLimit = 1024
    /// The bits of ``ChangeLog/Item/holders`` that no connection has.
    var freeBits = UInt64.max
    /// When changes go out.
    var flushDeadline: Duration?
    var flushedAt: Duration
    /// When neighbours are told what we have.
    var digestDeadline: Duration
    /// When that is done earlier, since a flood of news is over; nil where there was none since the last time.
    var quietDeadline: Duration?
    /// When it was done last.
    var digestsToldAt: Duration
    /// The next on the ring that is connected or being dialled, where there are more members than neighbours.
    var successor: PeerID?
    /// When neighbours are worked out anew, and dialled.
    var maintenanceDeadline: Duration?
    /// When something new came last.
    var mergedAt: Duration
    /// When much came last, within a short time: what one lacks is then most probably on its way.
    var floodedAt: Duration
    /// What came new in the last moments: since when, and how much.
    var recent: (since: Duration, count: Int)
    /// The instance, not ours, that writes our record, and how often it has.
    var foreignInstance: (instance: UInt64, sightings: Int) = (0, 0)

    /// A core that begins with what it had on disk, of any kind; its own record among it gets a higher version.
    public init(
        configuration: MeshConfiguration,
        own: PeerRecord,
        stored: [ReplicatedEntry],
        seed: UInt64,
        now: Duration
    ) {
        self.configuration = configuration
        self.own = own
        self.own.isRemoved = false
        generator = SplitMix64(seed: seed)
        flushedAt = now
        mergedAt = now
        floodedAt = now
        recent = (now, 0)
        digestsToldAt = now
        digestDeadline = now + generator.jittered(configuration.digestInterval, 0...1000)
        for entry in stored where entry.isWellFormed { _ = store.offer(entry, limit: configuration.entryLimit) }
        let present = store.entry(PeerRecord.key(of: own.id))
        if let present, !present.isTombstone, present.version >= own.version { self.own.version = present.version + 1 }
        ownEntry = self.own.entry
        for entry in stored where entry.key.kind == .suspicion { suspicions.note(entry) }
        if present?.isTombstone == true {
            retire("this peer was removed from the cluster (rmpeer)")
        } else {
            publishOwn()
        }
        maintenanceDeadline = now
    }

    /// When ``MeshInput/tick`` is due; nil if nothing is waited for.
    public var nextDeadline: Duration? {
        guard !isRetired || !outputs.isEmpty else { return nil }
        var deadline = digestDeadline
        if let flushDeadline, flushDeadline < deadline { deadline = flushDeadline }
        if let maintenanceDeadline, maintenanceDeadline < deadline { deadline = maintenanceDeadline }
        if let quietDeadline, quietDeadline < deadline { deadline = quietDeadline }
        return deadline
    }

    /// Takes note of what happened, and returns what is to be done.
    public mutating func handle(_ input: MeshInput, now: Duration) -> [MeshOutput] {
        if !isRetired {
            take(input, now: now)
            // Not in turn: a flush may retire nobody, but what was taken may.
            if !isRetired, let flushDeadline, flushDeadline <= now { flush(now: now) }
            if !isRetired, let quietDeadline, quietDeadline <= now { endQuiet(now: now) }
            if !isRetired, digestDeadline <= now { tellDigests(now: now) }
            if !isRetired, let maintenanceDeadline, maintenanceDeadline <= now { maintain(now: now) }
        }
        guard !outputs.isEmpty else { return [] }
        let result = outputs
        outputs = []
        return result
    }

    private mutating func take(_ input: MeshInput, now: Duration) {
        switch input {
        case .tick: break
        case .opened(let id, let isOutbound, let remote): open(id, isOutbound: isOutbound, remote: remote, now: now)
        case .received(let id, let message):
            if let index = index(of: id) { receive(message, on: index, now: now) }
        case .malformed(let id, let reason):
            if let index = index(of: id) { closeMalformed(index, reason, now: now) }
        case .writable(let id, let isWritable):
            guard let index = index(of: id) else { break }
            links[index].isWritable = isWritable
            if isWritable { flushDeadline = now }
        case .closed(let id, let reason):
            if let index = index(of: id) { drop(index, reason: reason, isFailure: true, now: now) }
        case .dialFailed(let address, let reason): dialFailed(address, reason: reason, now: now)
        case .connect(let addresses, let replace): connect(addresses, replace: replace, now: now)
        case .forget(let addresses): forget(addresses)
        case .updateOwn(let change): updateOwn(change, now: now)
        case .publish(let entries): publish(entries, now: now)
        case .remove(let peer): remove(peer, now: now)
        }
    }

    private mutating func receive(_ message: MeshMessage, on index: Int, now: Duration) {
        counters.messages += 1
        links[index].lastHeard = now
        switch message {
        case .hello(let hello): return introduce(hello, on: index, now: now)
        case .refuse(let refusal): return takeRefusal(refusal, on: index, now: now)
        case .unknown: return
        case .digest, .buckets, .versions, .want, .entries, .needed, .lack, .eager: break
        }
        guard let peer = links[index].peer else {
            return closeMalformed(index, "it said something before it introduced itself", now: now)
        }
        switch message {
        case .digest(let digest): compare(digest, on: index, now: now)
        case .buckets(let sums): compare(sums, on: index, now: now)
        case .versions(let versions): compare(versions, on: index, now: now)
        case .want(let hashes): send(hashes, on: index, now: now)
        case .entries(let entries): merge(entries, from: index, now: now)
        case .needed(let isNeeded):
            links[index].isNeededByPeer = isNeeded
            if !isNeeded { maintainSoon(now + configuration.spreadDelay) }
        case .lack(let lack): if lacks.count < Self.lackLimit { lacks.append((peer.id, lack)) }
        case .eager(let isEager): take(isEager: isEager, on: index)
        case .hello, .refuse, .unknown: break
        }
    }

    /// What neighbours asked us for since the last call.
    mutating func takeLacks() -> [(peer: PeerID, lack: MeshLack)] {
        guard !lacks.isEmpty else { return [] }
        defer { lacks = [] }
        return lacks
    }

    /// Asks a neighbour for what we lack; of one that is none (any more) nothing becomes.
    mutating func tell(_ lack: MeshLack, to peer: PeerID) {
        guard !isRetired, let id = established[peer], let index = index(of: id), links[index].isWritable else { return }
        outputs.append(.send(id, .lack(lack)))
    }

    /// Sees to it that neighbours are worked out at this moment at the latest.
    mutating func maintainSoon(_ moment: Duration) {
        maintenanceDeadline = min(maintenanceDeadline ?? moment, moment)
    }
}
