public import Addressing

/// What a host is and wants, as far as its paths to others depend on it.
public struct PathConfiguration: Sendable, Hashable {
    /// Who we are.
    public var own: PeerID
    /// The underlay address that our tunnels begin at; nil while there is none.
    public var tunnelEndpoint: IPAddress?
    /// The length of the underlay subnet that the address is in; nil if not known.
    public var underlayPrefixLength: Int?
    /// What we want of the paths.
    public var encryption: EncryptionPolicy
    /// We have a WireGuard device.
    public var hasWireGuard: Bool
    /// Peers in our underlay subnet are reached without a tunnel, where nobody wants encryption.
    public var isDirectAllowed: Bool
    /// The largest packet, in bytes, that leaves by the underlay interface in one piece.
    public var underlayMTU: UInt32
    /// The families of our pods' addresses.
    public var families: Set<IPFamily>
    /// How often and how long.
    public var timing: PathTiming
    /// Transports over which nothing can be asked: they are taken to work.
    var unprobed: Set<PeerRoute.Transport> = []

    /// A configuration from its parts.
    public init(
        own: PeerID,
        tunnelEndpoint: IPAddress? = nil,
        underlayPrefixLength: Int? = nil,
        encryption: EncryptionPolicy = .off,
        hasWireGuard: Bool = false,
        isDirectAllowed: Bool = false,
        underlayMTU: UInt32 = 1500,
        families: Set<IPFamily> = [.ipv4],
        timing: PathTiming = PathTiming()
    ) {
        self.own = own
        self.tunnelEndpoint = tunnelEndpoint
        self.underlayPrefixLength = underlayPrefixLength
        self.encryption = encryption
        self.hasWireGuard = hasWireGuard
        self.isDirectAllowed = isDirectAllowed
        self.underlayMTU = underlayMTU
        self.families = families
        self.timing = timing
    }
}
