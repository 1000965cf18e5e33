public import Addressing

/// How the overlay is on this host: what `status` shows and `report` tells in full.
///
/// The words are Weave Net's where it has one for the thing.
public struct OverlayStatus: Sendable, Equatable {
    /// The program's version.
    public var version = ""
    /// What people call this peer.
    public var name = ""
    /// Its identity, as a UUID.
    public var id = ""
    /// The cluster's name.
    public var cluster = ""
    /// `mesh` or `kubernetes`.
    public var membership = ""
    /// `require`, `prefer` or `off`.
    public var encryption = ""
    /// What the encrypted path runs on; nil where there is none, with the reason in ``encryptedPathProblem``.
    public var encryptedPath: String?
    /// Why there is no encrypted path.
    public var encryptedPathProblem: String?
    /// The underlay address that tunnels begin at.
    public var endpoint: IPAddress?
    /// The largest packet of pods, in bytes.
    public var podMTU: UInt32 = 0
    /// Why it is that.
    public var podMTUReason = ""
    /// Peers that are always connected to.
    public var targets: [Target] = []
    /// TCP connections of the mesh.
    public var connections: [Connection] = []
    /// All members, this one too.
    public var peers: [Peer] = []
    /// How the address space is.
    public var ipam = IPAM()
    /// Pods on this host.
    public var attachments: [Attachment] = []
    /// The bridged networks that are known.
    public var networks: [Network] = []
    /// What the kernel's state needed, by cause.
    public var repairs: [String: Int] = [:]
    /// Problems with single objects of the kernel, in words.
    public var problems: [String] = []
    /// What works otherwise than it could, and what would change that. None of it keeps the host from being ready.
    public var notices: [String] = []
    /// Packets that the rules dropped, by why (``OverlayDrops/byReason``).
    public var drops: [String: UInt64] = [:]

    /// Tunnel packets from addresses that are no peer's, dropped.
    public var strangersDropped: UInt64 { drops["stranger"] ?? 0 }

    /// A status to be filled in.
    public init() {}

    /// Why pods cannot be attached here or reached from elsewhere; empty where they can.
    public var obstacles: [String] {
        var obstacles = problems
        if endpoint == nil { obstacles.append("no address that others could reach") }
        for family in Set(ipam.ranges.map(\.family)) where !ipam.prefixes.contains(where: { $0.family == family }) {
            obstacles.append("no prefix of \(family) yet: \(ipam.state)")
        }
        return obstacles
    }

    /// A peer that is always connected to.
    public struct Target: Sendable, Equatable {
        /// As it was given.
        public var text: String
        /// `established`, `connecting`, `retrying`, `failed`.
        public var state: String
        /// Why it is so, or empty.
        public var reason: String

        /// A target from its parts.
        public init(text: String, state: String, reason: String) {
            self.text = text
            self.state = state
            self.reason = reason
        }
    }

    /// A TCP connection of the mesh.
    public struct Connection: Sendable, Equatable {
        /// Whether we made it.
        public var isOutbound: Bool
        /// The other end.
        public var remote: String
        /// `connecting`, `retrying`, `failed`, `pending`, `established`.
        public var state: String
        /// Whom it leads to, or why it does not.
        public var info: String

        /// A connection from its parts.
        public init(isOutbound: Bool, remote: String, state: String, info: String) {
            self.isOutbound = isOutbound
            self.remote = remote
            self.state = state
            self.info = info
        }
    }

    /// A member.
    public struct Peer: Sendable, Equatable {
        /// Its identity, as a UUID.
        public var id: String
        /// What people call it.
        public var name: String
        /// Whether it is this host.
        public var isSelf: Bool
        /// Where its tunnels end.
        public var endpoint: IPAddress?
        /// The prefixes of its pods.
        public var prefixes: [IPPrefix]
        /// `established`, `degraded`, `fallback`, `relayed`, `down` …
        public var path: String
        /// `vxlan`, `wireguard`, `direct`, or via whom.
        public var transport: String
        /// Whether pods' packets to it are encrypted.
        public var isEncrypted: Bool
        /// The largest packet of pods that gets there, in bytes.
        public var mtu: UInt32?
        /// The last round trip, in microseconds.
        public var roundTrip: Int?
        /// Why the path is as it is.
        public var reason: String

        /// A member from its parts.
        public init(
            id: String,
            name: String,
            isSelf: Bool,
            endpoint: IPAddress?,
            prefixes: [IPPrefix],
            path: String,
            transport: String,
            isEncrypted: Bool,
            mtu: UInt32?,
            roundTrip: Int?,
            reason: String
        ) {
            self.id = id
            self.name = name
            self.isSelf = isSelf
            self.endpoint = endpoint
            self.prefixes = prefixes
            self.path = path
            self.transport = transport
            self.isEncrypted = isEncrypted
            self.mtu = mtu
            self.roundTrip = roundTrip
            self.reason = reason
        }
    }

    /// How the address space is.
    public struct IPAM: Sendable, Equatable {
        /// `ready`, `awaiting consensus (quorum: 2, known: 1)` …
        public var state = ""
        /// The ranges of the whole cluster.
        public var ranges: [IPPrefix] = []
        /// The prefixes of this host's pods.
        public var prefixes: [IPPrefix] = []
        /// Addresses in use on this host.
        public var used = 0
        /// How much of the space each peer owns.
        public var owners: [Owner] = []

        /// Nothing known yet.
        public init() {}

        /// What a peer owns.
        public struct Owner: Sendable, Equatable {
            /// The peer's name, or its identity where no record of it is known.
            public var name: String
            /// How many blocks.
            public var blocks: Int
            /// Of how many in the range.
            public var total: Int
            /// Whether it is a member that can be reached.
            public var isReachable: Bool

            /// An owner from its parts.
            public init(name: String, blocks: Int, total: Int, isReachable: Bool) {
                self.name = name
                self.blocks = blocks
                self.total = total
                self.isReachable = isReachable
            }
        }
    }

    /// A pod's interface on this host.
    public struct Attachment: Sendable, Equatable {
        /// The container's identity.
        public var container: String
        /// The interface's name in the pod.
        public var interface: String
        /// The name of the host's end.
        public var hostInterface: String
        /// Its addresses.
        public var addresses: [IPAddress]
        /// The bridged network; nil for the pod network.
        public var network: String?

        /// An attachment from its parts.
        public init(
            container: String,
            interface: String,
            hostInterface: String,
            addresses: [IPAddress],
            network: String?
        ) {
            self.container = container
            self.interface = interface
            self.hostInterface = hostInterface
            self.addresses = addresses
            self.network = network
        }
    }

    /// A bridged network.
    public struct Network: Sendable, Equatable {
        /// Its name.
        public var name: String
        /// Its VNI.
        public var vni: UInt32
        /// Its ranges.
        public var prefixes: [IPPrefix]
        /// The peers on which somebody joined it, by name.
        public var members: [String]

        /// A network from its parts.
        public init(name: String, vni: UInt32, prefixes: [IPPrefix], members: [String]) {
            self.name = name
            self.vni = vni
            self.prefixes = prefixes
            self.members = members
        }
    }
}
