/// One value that all peers come to agree on: the unit of replication.
///
/// Everything that the mesh spreads is such entries: peers' records, ranges of the address ring, votes, requests for
/// space, networks. What a value means is its kind's matter; how it spreads is the same for all.
public struct ReplicatedEntry: Sendable, Hashable {
    /// What it is about.
    public var key: Key
    /// The higher of two versions wins. At equal versions the greater ``value`` wins, so that everybody decides alike.
    public var version: UInt64
    /// The value, encoded as its kind says.
    public var value: [UInt8]

    /// An entry from its parts.
    public init(key: Key, version: UInt64, value: [UInt8]) {
        self.key = key
        self.version = version
        self.value = value
    }

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
    }

    /// Whether this entry takes the place of `other`, which has the same key.
    public func supersedes(_ other: ReplicatedEntry) -> Bool {
        version != other.version
            ? version > other.version
            : other.value.lexicographicallyPrecedes(value)
    }
}
