public import Observability
public import OverlayCore

/// What a ``MeshTransport`` must be told.
public struct MeshTransportConfiguration: Sendable {
    /// Of the mesh and its addresses.
    public var node: MeshNodeConfiguration
    /// The secret of the cluster.
    public var token: ClusterToken
    /// Our record at the start: identity, name, endpoints, keys. Instance and start are filled in where they are 0, and
    /// the port is the one that is listened on.
    public var own: PeerRecord
    /// Where connections are taken. Of several, one may be of a family that the kernel has not.
    public var listen: [ListenAddress]
    /// Where to connect to, always.
    public var targets: [PeerAddress]
    /// How much strangers and peers may use.
    public var limits: MeshLimits

    /// A configuration from its parts; listens on every address, on the record's port.
    public init(
        node: MeshNodeConfiguration,
        token: ClusterToken,
        own: PeerRecord,
        listen: [ListenAddress]? = nil,
        targets: [PeerAddress] = [],
        limits: MeshLimits = MeshLimits()
    ) {
        self.node = node
        self.token = token
        self.own = own
        self.listen = listen ?? ListenAddress.everyAddress(port: Int(own.meshPort))
        self.targets = targets
        self.limits = limits
    }
}

/// How much of this host the mesh's connections may use.
public struct MeshLimits: Sendable, Hashable {
    /// Connections at a time, of either direction.
    public var connections = 1_024
    /// Inbound connections at a time that have not shown a certificate of the token.
    public var handshakes = 256
    /// The same from one address.
    public var handshakesPerAddress = 32
    /// Connections that are accepted at once after a pause; then one in each ``acceptInterval``.
    public var acceptBurst = 200
    /// See ``acceptBurst``.
    public var acceptInterval: Duration = .milliseconds(5)
    /// From the connection to the end of the TLS handshake.
    public var handshakeTimeout: Duration = .seconds(10)
    /// Until a TCP connection is there.
    public var dialTimeout: Duration = .seconds(5)
    /// How long a peer may take nothing of what waits for it.
    public var stallTimeout: Duration = .seconds(30)
    /// Bytes that may wait for a peer; the mesh is told to pause at an eighth of a megabyte.
    public var pendingBytes = 4 << 20

    /// The limits that are the defaults.
    public init() {}
}
