/// Entries in the order of their keys' hashes, found in constant time.
///
/// An open hash table whose slots are in order: an entry's home is given by the first bits of its hash, and it lies there
/// or in one of the next slots, behind all entries with lower hashes. So a part of the key space is a run of slots.
/// Twelve bytes per slot; three to seven of ten slots are in use. A search reads the tags only, which lie next to each
/// other, and no entry but the one that it finds: with thousands of entries each one read is a wait for memory.
struct EntryTable: Sendable {
    private var slots: [ReplicatedEntry?]
    /// Of each slot's entry the first bits of the hash, as ``tag(_:)`` makes them; 0 for a slot in which there is none.
    private var tags: [UInt32]
    /// There are two to the power of this many homes.
    private var bits: UInt64
    /// The number of entries.
    private(set) var count = 0

    /// An empty table.
    init() {
        bits = 3
        slots = Array(repeating: nil, count: 9)
        tags = Array(repeating: 0, count: 9)
    }

    /// The first bits of a hash, never 0.
    private static func tag(_ hash: UInt64) -> UInt32 { max(1, UInt32(truncatingIfNeeded: hash >> 32)) }

    /// What became of an entry that was offered.
    enum Offer {
        /// It is the first of its key.
        case added
        /// It took the place of this one.
        case replaced(ReplicatedEntry)
        /// It is there already.
        case known
        /// This one, which is there, is newer.
        case outdated(ReplicatedEntry)
        /// It would be the first of its key, and there shall be no further ones.
        case refused
    }

    /// The first slot whose entry's hash is not below this one, or the empty one where it would be.
    private func slot(atOrAfter hash: UInt64) -> Int {
        var index = Int(truncatingIfNeeded: hash >> (64 - bits))
        let tag = Self.tag(hash)
        while index < tags.count, tags[index] != 0, tags[index] <= tag {
            if tags[index] == tag, let entry = slots[index], entry.storage.hash >= hash { break }
            index += 1
        }
        return index
    }

    /// The entry under a key whose hash is this.
    func entry(hash: UInt64, key: ReplicatedEntry.Key) -> ReplicatedEntry? {
        var index = slot(atOrAfter: hash)
        let tag = Self.tag(hash)
        while index < tags.count, tags[index] == tag, let entry = slots[index], entry.storage.hash == hash {
            if entry.storage.key == key { return entry }
            index += 1
        }
        return nil
    }

    /// The first entry whose key has this hash.
    func entry(hash: UInt64) -> ReplicatedEntry? {
        let index = slot(atOrAfter: hash)
        guard
            index < tags.count, tags[index] == Self.tag(hash), let entry = slots[index], entry.storage.hash == hash
        else { return nil }
        return entry
    }

    /// Takes an entry, if it supersedes what there is under its key, or there is nothing and room for more.
    mutating func offer(_ entry: ReplicatedEntry, hasRoom: Bool) -> Offer {
        let hash = entry.storage.hash
        let tag = Self.tag(hash)
        var index = slot(atOrAfter: hash)
        while index < tags.count, tags[index] == tag, let present = slots[index], present.storage.hash == hash {
            if present.storage === entry.storage { return .known }
            if present.storage.key == entry.storage.key {
                if present == entry { return .known }
                guard entry.supersedes(present) else { return .outdated(present) }
                slots[index] = entry
                return .replaced(present)
            }
            index += 1
        }
        guard hasRoom else { return .refused }
        if (count + 1) * 10 > 7 << Int(bits) {
            grow()
            index = slot(atOrAfter: hash)
        }
        insert(entry, at: index)
        count += 1
        return .added
    }

    /// Puts an entry into a slot; it and those up to the next empty one move on by one.
    private mutating func insert(_ entry: ReplicatedEntry, at index: Int) {
        var moving: ReplicatedEntry? = entry
        var tag = Self.tag(entry.storage.hash)
        var index = index
        while moving != nil {
            // Past the last home there are as many slots as it takes, and always an empty one.
            if index >= slots.count - 1 { appendEmpty() }
            swap(&slots[index], &moving)
            swap(&tags[index], &tag)
            index += 1
        }
    }

    private mutating func appendEmpty() {
        slots.append(nil)
        tags.append(0)
    }

    private mutating func grow() {
        let old = slots
        bits += 1
        slots = Array(repeating: nil, count: (1 << Int(bits)) + 1)
        tags = Array(repeating: 0, count: slots.count)
        var next = 0
        for case let entry? in old {
            next = max(next, Int(truncatingIfNeeded: entry.storage.hash >> (64 - bits)))
            if next >= slots.count - 1 { appendEmpty() }
            slots[next] = entry
            tags[next] = Self.tag(entry.storage.hash)
            next += 1
        }
    }

    /// Calls `body` with the entries from this hash on, ascending, until it returns false or there are no more.
    func forEach(from hash: UInt64 = 0, _ body: (ReplicatedEntry) -> Bool) {
        for index in slot(atOrAfter: hash)..<slots.count {
            if let entry = slots[index], !body(entry) { return }
        }
    }
}
