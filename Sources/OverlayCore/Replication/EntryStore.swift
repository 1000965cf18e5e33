/// All that a peer has: the entries, and sums over them by which two peers find out where they differ.
///
/// The sum of some entries is the sum of their fingerprints modulo 2^64; it is kept up with each change, so that no
/// comparison looks at entries that are equal.
struct EntryStore: Sendable {
    /// The entries of kind ``ReplicatedEntry/Kind/peer``.
    private var peers = EntryTable()
    /// The entries of kind ``ReplicatedEntry/Kind/ring``, which are looked through as a whole now and then.
    private var ring = EntryTable()
    private var others = EntryTable()
    /// The sums of 256 equal parts of the key space.
    private var sums = [UInt64](repeating: 0, count: 256)
    /// The sum of all.
    private(set) var root: UInt64 = 0
    /// The number of records of peers that were not removed.
    private(set) var memberCount = 0

    /// Bytes of all values and names.
    private(set) var byteCount = 0
    /// Bytes at most: one broken peer must not fill the others' memory and disks.
    static let byteLimit = 128 << 20

    /// The number of entries.
    var count: Int { peers.count + ring.count + others.count }

    /// Takes an entry that supersedes what there is under its key.
    mutating func offer(_ entry: ReplicatedEntry, limit: Int) -> EntryTable.Offer {
        let hasRoom = count < limit && byteCount < Self.byteLimit
        let isPeer = entry.storage.key.kind == .peer
        let offer =
            switch entry.storage.key.kind {
            case .peer: peers.offer(entry, hasRoom: hasRoom)
            case .ring: ring.offer(entry, hasRoom: hasRoom)
            default: others.offer(entry, hasRoom: hasRoom)
            }
        switch offer {
        case .added:
            byteCount += entry.byteCount
            add(entry.storage.fingerprint, at: entry.storage.hash)
            if isPeer, !entry.isTombstone { memberCount += 1 }
        case .replaced(let old):
            byteCount += entry.byteCount - old.byteCount
            add(entry.storage.fingerprint &- old.storage.fingerprint, at: entry.storage.hash)
            if isPeer, entry.isTombstone, !old.isTombstone { memberCount -= 1 }
        case .known, .outdated, .refused: break
        }
        return offer
    }

    private mutating func add(_ difference: UInt64, at hash: UInt64) {
        root &+= difference
        sums[Int(truncatingIfNeeded: hash >> 56)] &+= difference
    }

    /// What there is under a key.
    func entry(_ key: ReplicatedEntry.Key) -> ReplicatedEntry? {
        let hash = EntryHash.key(kind: key.kind.rawValue, name: key.name)
        return switch key.kind {
        case .peer: peers.entry(hash: hash, key: key)
        case .ring: ring.entry(hash: hash, key: key)
        default: others.entry(hash: hash, key: key)
        }
    }

    /// What there is under the key with this hash.
    func entry(hash: UInt64) -> ReplicatedEntry? {
        peers.entry(hash: hash) ?? ring.entry(hash: hash) ?? others.entry(hash: hash)
    }

    /// Calls `body` with peers' entries in the order of their hashes, from this one on, until it returns false.
    func forEachPeer(from hash: UInt64 = 0, _ body: (ReplicatedEntry) -> Bool) { peers.forEach(from: hash, body) }

    /// Calls `body` with the entries of the ring in the order of their hashes, from this one on, until it returns false.
    func forEachOfRing(from hash: UInt64 = 0, _ body: (ReplicatedEntry) -> Bool) { ring.forEach(from: hash, body) }

    /// Calls `body` with all further entries in the order of their hashes, from this one on, until it returns false.
    func forEachOther(from hash: UInt64 = 0, _ body: (ReplicatedEntry) -> Bool) { others.forEach(from: hash, body) }

    /// The peers that lie so far behind this hash, around the end of the key space, the nearest first; not the removed
    /// ones, and at most `limit`.
    func members(behind hash: UInt64, within distance: ClosedRange<UInt64>, limit: Int) -> [ReplicatedEntry] {
        var found: [ReplicatedEntry] = []
        var isPast = false
        let visit = { (entry: ReplicatedEntry) -> Bool in
            isPast = !distance.contains(entry.storage.hash &- hash)
            guard !isPast else { return false }
            if !entry.isTombstone { found.append(entry) }
            return found.count < limit
        }
        let start = hash &+ distance.lowerBound
        peers.forEach(from: start, visit)
        // Around the end, if the range goes on there.
        if !isPast, found.count < limit, start > hash &+ distance.upperBound { peers.forEach(visit) }
        return found
    }
}

extension ReplicatedEntry {
    /// What it takes in memory and on disk, about.
    fileprivate var byteCount: Int { key.name.count + value.count + 64 }
}

extension EntryStore {
    /// How many bits of the hash the buckets of a comparison have: as many as make the sums and one bucket's items
    /// about equally long.
    var bucketBits: UInt8 {
        var bits: UInt8 = 0
        while bits < 8, 1 << (2 * Int(bits)) < 2 * count { bits += 1 }
        return bits
    }

    /// The sums of two to the power of `bits` equal parts of the key space; `bits` is at most 8.
    func bucketSums(bits: UInt8) -> [UInt64] {
        let width = 256 >> Int(bits)
        return (0..<256 / width).map { bucket in
            sums[bucket * width..<(bucket + 1) * width].reduce(0, &+)
        }
    }

    /// The entries of one of two to the power of `bits` equal parts of the key space, ascending by hash.
    func entries(inBucket bucket: UInt8, bits: UInt8) -> [ReplicatedEntry] {
        let shift = UInt64(64 - bits)
        let first = bits == 0 ? 0 : UInt64(bucket) << shift
        let last = bits == 0 ? .max : first | ((1 << shift) - 1)
        var found: [ReplicatedEntry] = []
        let visit = { (entry: ReplicatedEntry) -> Bool in
            guard entry.storage.hash <= last else { return false }
            found.append(entry)
            return true
        }
        for table in [peers, ring, others] where table.count > 0 { table.forEach(from: first, visit) }
        found.sort { $0.storage.hash < $1.storage.hash }
        return found
    }
}
