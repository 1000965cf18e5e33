public import Addressing

/// What a peer says of itself; others pass it on unchanged.
///
/// Only the peer itself writes its record, but for ``isRemoved``, which `rmpeer` on another peer sets.
public struct PeerRecord: Sendable, Hashable {
    /// Who it is.
    public var id: PeerID
    /// What people call it; the host's name unless told otherwise. Not unique.
    public var name: String
    /// Of two records of one peer, the one with the higher version is the newer.
    public var version: UInt64
    /// Random at each start of the process: two live ones of one peer are a clone.
    public var instance: UInt64
    /// When the process started, in seconds since 1970 by its own clock.
    public var started: Int64
    /// The peer is gone for good, and its address space was handed on. Its identity never comes back.
    public var isRemoved: Bool
    /// Where it is reached on the underlay; the first one is the end of its tunnels (VTEP).
    public var endpoints: [IPAddress]
    /// The length of the underlay subnet that the first endpoint is in; nil if not known.
    public var underlayPrefixLength: Int?
    /// TCP port of the mesh; 0 if it takes no connections.
    public var meshPort: UInt16
    /// UDP port of its VXLAN devices.
    public var vxlanPort: UInt16
    /// UDP port of its WireGuard device; 0 if it has none.
    public var wireGuardPort: UInt16
    /// Its WireGuard public key, 32 bytes; empty if it has no encrypted path.
    public var wireGuardKey: [UInt8]
    /// What it wants of the paths to it.
    public var encryption: EncryptionPolicy
    /// The largest packet, in bytes, that leaves by its underlay interface in one piece.
    public var underlayMTU: UInt32
    /// The prefixes whose addresses it gives to pods, of either family.
    public var prefixes: [IPPrefix]
    /// The bridged networks that it has joined, by VNI.
    public var networks: [UInt32]

    /// A record from its parts.
    public init(
        id: PeerID,
        name: String,
        version: UInt64 = 1,
        instance: UInt64 = 0,
        started: Int64 = 0,
        isRemoved: Bool = false,
        endpoints: [IPAddress] = [],
        underlayPrefixLength: Int? = nil,
        meshPort: UInt16 = 6783,
        vxlanPort: UInt16 = 6784,
        wireGuardPort: UInt16 = 6783,
        wireGuardKey: [UInt8] = [],
        encryption: EncryptionPolicy = .off,
        underlayMTU: UInt32 = 1500,
        prefixes: [IPPrefix] = [],
        networks: [UInt32] = []
    ) {
        self.id = id
        self.name = name
        self.version = version
        self.instance = instance
        self.started = started
        self.isRemoved = isRemoved
        self.endpoints = endpoints
        self.underlayPrefixLength = underlayPrefixLength
        self.meshPort = meshPort
        self.vxlanPort = vxlanPort
        self.wireGuardPort = wireGuardPort
        self.wireGuardKey = wireGuardKey
        self.encryption = encryption
        self.underlayMTU = underlayMTU
        self.prefixes = prefixes
        self.networks = networks
    }

    /// The underlay address that its tunnels end at.
    public var tunnelEndpoint: IPAddress? { endpoints.first }
}
