internal import Addressing

/// A peer asks an owner for space that is not its neighbour, or after no neighbour had any: one entry per peer, ring and
/// family, which the peer writes and the owner answers with an entry of the ring. Neighbours are asked with a
/// ``MeshLack``, which costs the others nothing.
struct SpaceRequest: Sendable, Hashable {
    /// Who asks.
    var requester: PeerID
    /// Of which ring.
    var ring: UInt64
    /// Of which family.
    var family: IPFamily
    /// Who is asked; nil where nothing is asked for any more.
    var donor: PeerID?
    /// The version of the entry: each question is answered once.
    var version: UInt64

    /// The key of a request: the requester, 16 bytes; the ring, 8 bytes; 4 or 6.
    static func key(requester: PeerID, ring: UInt64, family: IPFamily) -> ReplicatedEntry.Key {
        var name = requester.bytes
        Field.append(fixed: ring, to: &name)
        name.append(family == .ipv4 ? 4 : 6)
        return ReplicatedEntry.Key(kind: .request, name: name)
    }

    /// The key of this request.
    var key: ReplicatedEntry.Key { Self.key(requester: requester, ring: ring, family: family) }

    /// The request as it is replicated. Value: nothing, or format, one byte, 1; the donor, 16 bytes; what later versions
    /// may append.
    var entry: ReplicatedEntry {
        ReplicatedEntry(
            key: Self.key(requester: requester, ring: ring, family: family),
            version: version,
            value: donor.map { [1] + $0.bytes } ?? []
        )
    }
}

extension SpaceRequest {
    /// The request that an entry is; throws where it is another thing.
    init(decoding entry: ReplicatedEntry) throws(MeshCodecError) {
        let name = entry.key.name
        guard
            entry.key.kind == .request, name.count == 25, name[24] == 4 || name[24] == 6,
            let requester = PeerID(bytes: name[..<16])
        else { throw .invalid("the key of a request") }
        var donor: PeerID?
        if !entry.value.isEmpty {
            var reader = FieldReader(entry.value[...])
            guard try reader.byte() == 1 else { throw .invalid("the format of a request") }
            donor = PeerID(bytes: try reader.take(16))
        }
        self.init(
            requester: requester,
            ring: name[16..<24].reduce(0) { $0 << 8 | UInt64($1) },
            family: name[24] == 4 ? .ipv4 : .ipv6,
            donor: donor,
            version: entry.version
        )
    }
}
