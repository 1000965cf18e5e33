/// One value that all peers come to agree on: the unit of replication.
///
/// Everything that the mesh spreads is such entries: peers' records, ranges of the address ring, votes, requests for
/// space, networks. What a value means is its kind's matter; how it spreads is the same for all.
///
/// One reference to something immutable, with its hashes worked out: copies cost nothing, so that the same entry may
/// lie in many tables, logs and messages.
public struct ReplicatedEntry: Sendable {
    private(set) var storage: Storage

    /// An entry from its parts.
    public init(key: Key, version: UInt64, value: [UInt8]) {
        storage = Storage(key: key, version: version, value: value)
    }

    /// What it is about.
    public var key: Key {
        get { storage.key }
        set { self = ReplicatedEntry(key: newValue, version: version, value: value) }
    }

    /// The higher of two versions wins. At equal versions the greater ``value`` wins, so that everybody decides alike.
    ///
    /// Below ``versionLimit``, but for the record of a removed peer.
    public var version: UInt64 {
        get { storage.version }
        set { self = ReplicatedEntry(key: key, version: newValue, value: value) }
    }

    /// The value, encoded as its kind says; at most ``maximumValueByteCount`` bytes.
    public var value: [UInt8] {
        get { storage.value }
        set { self = ReplicatedEntry(key: key, version: version, value: newValue) }
    }

    /// Versions are below this. The records of removed peers are above, so that nothing the peer still says of itself
    /// supersedes them.
    public static let versionLimit: UInt64 = 1 << 62

    /// The longest name of a key, in bytes.
    public static let maximumNameByteCount = 64

    /// The longest value, in bytes.
    public static let maximumValueByteCount = 1 << 16

    /// What an entry is about: a kind, and which one of it.
    public struct Key: Sendable, Hashable {
        /// Whose semantics the value has.
        public var kind: Kind
        /// Which one, at most 64 bytes; a peer's identity, a position of the ring, a name.
        public var name: [UInt8]

        /// A key from its parts.
        public init(kind: Kind, name: [UInt8]) {
            self.kind = kind
            self.name = name
        }
    }

    /// The semantics of an entry. Kinds that a peer does not know are kept and passed on.
    public struct Kind: RawRepresentable, Sendable, Hashable {
        /// The number in messages.
        public var rawValue: UInt8

        /// A kind from its number.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// A ``PeerRecord``, by the peer's identity.
        public static let peer = Kind(rawValue: 1)
        /// Who owns a range of addresses, by the range's beginning.
        public static let ring = Kind(rawValue: 2)
        /// A peer's vote in a decision, by the decision and the peer.
        public static let vote = Kind(rawValue: 3)
        /// A peer's request for space, by the peer.
        public static let request = Kind(rawValue: 4)
        /// A bridged network, by its name.
        public static let network = Kind(rawValue: 5)
        /// Whether a peer is thought to be unreachable, by its identity: a ``PeerSuspicion``.
        public static let suspicion = Kind(rawValue: 6)
        /// The names of a peer's containers, by its identity.
        public static let names = Kind(rawValue: 7)
    }

    /// Whether this entry takes the place of `other`, which has the same key.
    public func supersedes(_ other: ReplicatedEntry) -> Bool {
        version != other.version
            ? version > other.version
            : other.value.lexicographicallyPrecedes(value)
    }
}

extension ReplicatedEntry: Hashable {
    /// Whether key, version and value are equal.
    public static func == (left: ReplicatedEntry, right: ReplicatedEntry) -> Bool {
        left.storage === right.storage
            || left.storage.fingerprint == right.storage.fingerprint && left.version == right.version
                && left.key == right.key && left.value == right.value
    }

    /// By the fingerprint.
    public func hash(into hasher: inout Hasher) { hasher.combine(storage.fingerprint) }
}

extension ReplicatedEntry {
    /// What the copies of an entry share.
    final class Storage: Sendable {
        let key: Key
        let version: UInt64
        let value: [UInt8]
        /// The key's place in the key space.
        let hash: UInt64
        /// The hash of everything.
        let fingerprint: UInt64
        /// The value, decoded once for all copies.
        let meaning: Meaning
        /// See ``ReplicatedEntry/isWellFormed``.
        let isWellFormed: Bool
        /// See ``ReplicatedEntry/encodedByteCount``.
        let encodedByteCount: Int

        init(key: Key, version: UInt64, value: [UInt8]) {
            self.key = key
            self.version = version
            self.value = value
            hash = EntryHash.key(kind: key.kind.rawValue, name: key.name)
            fingerprint = EntryHash.fingerprint(key: hash, version: version, value: value)
            meaning = Meaning(key: key, version: version, value: value)
            let isOfItsKind = if case .record = meaning { true } else { key.kind != .peer && version < versionLimit }
            isWellFormed =
                key.name.count <= maximumNameByteCount && value.count <= maximumValueByteCount && isOfItsKind
            encodedByteCount = 2 + min(key.name.count, 255) + Field.byteCount(varint: version) + value.count
        }

        /// The record that the value is, if the key is a peer's and the value is that of such a record.
        var record: PeerRecord? { if case .record(let record) = meaning { record } else { nil } }
    }

    /// What a value says, of the kinds of which there is one entry per peer or more.
    enum Meaning: Sendable {
        /// The key is a peer's, and the value that of such a record.
        case record(PeerRecord)
        /// A part of the ring.
        case ring(RingEntry)
        /// Another kind, or not what the kind says.
        case other

        init(key: Key, version: UInt64, value: [UInt8]) {
            switch key.kind {
            case .peer:
                let record = try? PeerRecord(key: key, version: version, value: value[...])
                self = record.map { .record($0) } ?? .other
            case .ring:
                let ring = try? RingEntry(name: key.name, version: version, value: value)
                self = ring.map { .ring($0) } ?? .other
            default: self = .other
            }
        }
    }

    /// Everybody's rules hold: names, values and versions within bounds, and under a peer's key that peer's record.
    ///
    /// The same on all peers, so that they all take or all refuse an entry.
    public var isWellFormed: Bool { storage.isWellFormed }

    /// The record of a peer that was removed.
    public var isTombstone: Bool { storage.version >= Self.versionLimit && storage.key.kind == .peer }
}
