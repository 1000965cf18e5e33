import OverlayCore

/// What a host's processes leave to the next.
struct SimulatedDisk {
    /// Who the host is.
    var identity: PeerID
    /// Entries that are durable.
    private var durable: [ReplicatedEntry.Key: ReplicatedEntry] = [:]
    /// Entries that are written and may be lost, the oldest first.
    private var pending: [ReplicatedEntry] = []
    /// How many may be pending: a disk gets to its work some time.
    private static let pendingLimit = 64

    /// An empty disk.
    init(identity: PeerID) { self.identity = identity }

    /// What a process finds; not in the order in which it was written.
    var entries: [ReplicatedEntry] {
        var entries = durable
        for entry in pending { entries[entry.key] = entry }
        return entries.values.sorted { ($0.key.kind.rawValue, $0.key.name) < ($1.key.kind.rawValue, $1.key.name) }
    }

    /// Makes entries durable, and all that was written before them.
    mutating func persist(_ entries: [ReplicatedEntry]) {
        flush()
        for entry in entries { durable[entry.key] = entry }
    }

    /// Writes entries that may be lost.
    mutating func store(_ entries: [ReplicatedEntry]) {
        pending += entries
        if pending.count > Self.pendingLimit { flush() }
    }

    /// Makes everything durable.
    mutating func flush() {
        for entry in pending { durable[entry.key] = entry }
        pending = []
    }

    /// The machine loses power: the last of what was not durable is gone.
    mutating func losePower(using generator: inout SplitMix64) {
        pending.removeLast(Int.random(in: 0...pending.count, using: &generator))
        flush()
    }
}

/// The order of names of entries.
private func < (left: (UInt8, [UInt8]), right: (UInt8, [UInt8])) -> Bool {
    left.0 != right.0 ? left.0 < right.0 : left.1.lexicographicallyPrecedes(right.1)
}
