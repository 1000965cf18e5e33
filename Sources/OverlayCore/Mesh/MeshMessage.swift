public import Addressing

/// One message between neighbours of the mesh.
public enum MeshMessage: Sendable, Hashable {
    /// The first in each direction: who is there.
    case hello(MeshHello)
    /// The last one: why the connection will be closed.
    case refuse(MeshRefusal)
    /// What the sender has, in one number. Comes every few seconds and shows that it lives.
    case digest(MeshDigest)
    /// Sums of equal parts of the key space, 1 to 256 of them, a power of two: the answer to another digest than ours.
    case buckets([UInt64])
    /// What the sender has in some of those parts: the answer to other sums than ours.
    case versions(MeshVersions)
    /// Hashes of keys whose entries the sender wants.
    case want([UInt64])
    /// Entries: news, or what was asked for.
    case entries([ReplicatedEntry])
    /// Whether the sender needs this connection for itself; until told, it does.
    case needed(Bool)
    /// The sender lacks addresses, and thinks that the receiver has some to spare.
    case lack(MeshLack)
    /// Whether news that others have written go at once over this connection, in both directions; until told, they do.
    case eager(Bool)
    /// Of a later version of the protocol; ignored.
    case unknown(UInt8)
}

/// How a peer introduces itself.
public struct MeshHello: Sendable, Hashable {
    /// The versions of the protocol that it speaks.
    public var protocolVersions: ClosedRange<UInt16>
    /// The name of its cluster.
    public var cluster: String
    /// Its cluster's ranges, as text, sorted.
    public var ranges: [String]
    /// What it can do, as bits.
    public var capabilities: UInt64
    /// Its own record.
    public var own: ReplicatedEntry

    /// An introduction from its parts.
    public init(
        protocolVersions: ClosedRange<UInt16>,
        cluster: String,
        ranges: [String],
        capabilities: UInt64,
        own: ReplicatedEntry
    ) {
        self.protocolVersions = protocolVersions
        self.cluster = cluster
        self.ranges = ranges
        self.capabilities = capabilities
        self.own = own
    }
}

/// Why a peer does not talk to another.
public struct MeshRefusal: Sendable, Hashable {
    /// What a program goes by.
    public var code: Code
    /// What a person reads.
    public var text: String

    /// A refusal from its parts.
    public init(code: Code, text: String) {
        self.code = code
        self.text = text
    }

    /// The kind of refusal.
    public struct Code: RawRepresentable, Sendable, Hashable {
        /// The number in messages.
        public var rawValue: UInt8

        /// A code from its number.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// No version of the protocol in common.
        public static let version = Code(rawValue: 1)
        /// Another cluster.
        public static let cluster = Code(rawValue: 2)
        /// Other address ranges.
        public static let ranges = Code(rawValue: 3)
        /// The same identity is live elsewhere.
        public static let clone = Code(rawValue: 4)
        /// The identity was removed from the cluster.
        public static let removed = Code(rawValue: 5)
        /// The dialler reached itself.
        public static let itself = Code(rawValue: 6)
        /// The two are connected already.
        public static let duplicate = Code(rawValue: 7)
        /// The connection is not needed, or there are too many.
        public static let surplus = Code(rawValue: 8)
        /// The other side broke the protocol.
        public static let malformed = Code(rawValue: 9)
    }
}

/// What a peer has, in short.
public struct MeshDigest: Sendable, Hashable {
    /// The sum of all entries' fingerprints, modulo 2^64.
    public var root: UInt64
    /// The number of entries.
    public var count: UInt32

    /// A digest from its parts.
    public init(root: UInt64, count: UInt32) {
        self.root = root
        self.count = count
    }
}

/// What a peer lacks, and asks a neighbour for. The answer, if there is one, is entries of the ring.
public struct MeshLack: Sendable, Hashable {
    /// The identity of the ring that shares out the range.
    public var ring: UInt64
    /// The family of the addresses.
    public var family: IPFamily

    /// A lack from its parts.
    public init(ring: UInt64, family: IPFamily) {
        self.ring = ring
        self.family = family
    }
}

/// What a peer has in some parts of the key space.
public struct MeshVersions: Sendable, Hashable {
    /// The key space is cut into two to the power of this many equal parts, 0 to 8, by the first bits of the hash of
    /// the key.
    public var bits: UInt8
    /// The parts that this is about, ascending.
    public var buckets: [UInt8]
    /// All that the sender has in them, ascending by hash.
    public var items: [Item]

    /// A list from its parts.
    public init(bits: UInt8, buckets: [UInt8], items: [Item]) {
        self.bits = bits
        self.buckets = buckets
        self.items = items
    }

    /// One entry, in short.
    public struct Item: Sendable, Hashable {
        /// The hash of its key.
        public var hash: UInt64
        /// The hash of its key, version and value.
        public var fingerprint: UInt64

        /// An item from its parts.
        public init(hash: UInt64, fingerprint: UInt64) {
            self.hash = hash
            self.fingerprint = fingerprint
        }
    }
}
