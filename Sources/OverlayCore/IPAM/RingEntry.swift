internal import Addressing

/// Who owns a part of a range: one entry of the ring.
///
/// All space of a range has exactly one owner at any time. Only the owner of an entry writes it, and in two ways: it
/// shrinks the entry and gives the tail a new one, both written together; or it gives the whole entry to another owner.
/// Entries are never joined again. As the end is part of an entry, a peer knows from that one entry what it owns,
/// whatever it has or has not heard of the others.
struct RingEntry: Sendable, Hashable {
    /// Which ring: entries of different rings have nothing to do with each other.
    var ring: UInt64
    /// The first address.
    var first: IPAddress
    /// The last address.
    var last: IPAddress
    /// Who may give these addresses to pods, and only it.
    var owner: PeerID
    /// The version of the entry.
    var version: UInt64
    /// It is part of a bridged network's range.
    var isNetwork = false
    /// Its owner is to write it once more, so that who gave it knows that it arrived.
    var wantsReceipt = false

    /// The key of the entry of a ring that begins at this address: eight bytes of the ring's identity; 4 or 6; the
    /// address.
    static func key(ring: UInt64, first: IPAddress) -> ReplicatedEntry.Key {
        var name: [UInt8] = []
        name.reserveCapacity(25)
        Field.append(fixed: ring, to: &name)
        name.append(first.family == .ipv4 ? 4 : 6)
        first.appendNetworkBytes(to: &name)
        return ReplicatedEntry.Key(kind: .ring, name: name)
    }

    /// The key of this entry.
    var key: ReplicatedEntry.Key { Self.key(ring: ring, first: first) }

    /// The entry as it is replicated. Value: format, one byte, 1; flags, one byte; the owner, 16 bytes; the last address,
    /// 4 or 16 bytes; what later versions may append.
    var entry: ReplicatedEntry {
        var value: [UInt8] = []
        value.reserveCapacity(34)
        value.append(1)
        value.append((isNetwork ? 1 : 0) | (wantsReceipt ? 2 : 0))
        value.append(contentsOf: owner.bytes)
        last.appendNetworkBytes(to: &value)
        return ReplicatedEntry(key: key, version: version, value: value)
    }
}

extension RingEntry {
    /// The part of the ring that an entry of kind ``ReplicatedEntry/Kind/ring`` is about.
    ///
    /// - Parameter name: The name of the entry's key.
    /// - Throws: Where the entry is another thing, ends before it begins, or is of a format that we do not know.
    init(name: [UInt8], version: UInt64, value: [UInt8]) throws(MeshCodecError) {
        guard name.count == 13 && name[8] == 4 || name.count == 25 && name[8] == 6 else {
            throw .invalid("the key of a ring entry")
        }
        guard let first = IPAddress(networkBytes: name[9...]) else { throw .invalid("the key of a ring entry") }
        var reader = FieldReader(value[...])
        guard try reader.byte() == 1 else { throw .invalid("the format of a ring entry") }
        let flags = try reader.byte()
        guard let owner = PeerID(bytes: try reader.take(16)) else { throw .invalid("the owner in a ring entry") }
        guard let last = IPAddress(networkBytes: try reader.take(first.family.byteCount)), last >= first else {
            throw .invalid("the end of a ring entry")
        }
        self.init(
            ring: name[..<8].reduce(0) { $0 << 8 | UInt64($1) },
            first: first,
            last: last,
            owner: owner,
            version: version,
            isNetwork: flags & 1 != 0,
            wantsReceipt: flags & 2 != 0
        )
    }
}

extension ReplicatedEntry {
    /// The part of the ring that the entry is about; nil where it is another thing. Costs nothing.
    var ringEntry: RingEntry? { if case .ring(let entry) = storage.meaning { entry } else { nil } }
}
