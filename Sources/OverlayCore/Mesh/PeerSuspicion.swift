/// Whether a peer is thought to be unreachable: the value of an entry of kind ``ReplicatedEntry/Kind/suspicion``.
///
/// The peers next to it on the ring write it when they cannot connect with it for a while; whoever is connected with it,
/// and the peer itself, takes it back. All of them write the same value under the same version, so that it spreads once.
public struct PeerSuspicion: Sendable, Hashable {
    /// Nobody reaches it.
    public var isSuspected: Bool
    /// The start of the peer that this is about: of a later one nothing is said.
    public var instance: UInt64

    /// A suspicion from its parts.
    public init(isSuspected: Bool, instance: UInt64) {
        self.isSuspected = isSuspected
        self.instance = instance
    }

    /// The bytes of the entry's value.
    var value: [UInt8] {
        var bytes: [UInt8] = []
        Field.append(1, varint: isSuspected ? 1 : 0, to: &bytes)
        Field.append(2, fixed: instance, to: &bytes)
        return bytes
    }

    /// A suspicion from the bytes of an entry's value.
    init(decoding value: ArraySlice<UInt8>) throws(MeshCodecError) {
        self.init(isSuspected: false, instance: 0)
        var reader = FieldReader(value)
        while let (tag, value) = try reader.next() {
            switch tag {
            case 1: isSuspected = try value.fieldInteger("a suspicion") != 0
            case 2: instance = try value.fieldFixed("an instance")
            default: break
            }
        }
    }

    /// The key under which it is replicated.
    static func key(of id: PeerID) -> ReplicatedEntry.Key {
        ReplicatedEntry.Key(kind: .suspicion, name: id.bytes)
    }
}
