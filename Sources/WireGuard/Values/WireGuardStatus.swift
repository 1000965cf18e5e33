/// A WireGuard device as it is.
public struct WireGuardStatus: Sendable, Hashable {
    /// Its own key; nil where it has none yet.
    public var privateKey: WireGuardSecret?
    /// The UDP port that it receives at; 0 where it does not.
    public var listenPort: UInt16
    /// The mark of its encrypted packets; nil for none.
    public var firewallMark: UInt32?
    /// Its peers, by key.
    public var peers: [WireGuardKey: Peer]

    /// A status from its parts.
    public init(
        privateKey: WireGuardSecret? = nil,
        listenPort: UInt16 = 0,
        firewallMark: UInt32? = nil,
        peers: [WireGuardKey: Peer] = [:]
    ) {
        self.privateKey = privateKey
        self.listenPort = listenPort
        self.firewallMark = firewallMark
        self.peers = peers
    }

    /// A peer as it is.
    public struct Peer: Sendable, Hashable {
        /// Its settings. The endpoint is where its last authentic packet came from, once there was one.
        public var peer: WireGuardPeer
        /// How long ago it last agreed on a session key with us; nil where it never did. Over 180 s there is no session.
        public var handshakeAge: Duration?
        /// Number of bytes received from it, encrypted and decoded.
        public var receivedByteCount: UInt64
        /// Number of bytes sent to it, encrypted.
        public var sentByteCount: UInt64

        /// A peer from its parts.
        public init(
            peer: WireGuardPeer,
            handshakeAge: Duration? = nil,
            receivedByteCount: UInt64 = 0,
            sentByteCount: UInt64 = 0
        ) {
            self.peer = peer
            self.handshakeAge = handshakeAge
            self.receivedByteCount = receivedByteCount
            self.sentByteCount = sentByteCount
        }

        /// Whether a session key is in use: one lives for 180 s (`REJECT_AFTER_TIME`, the protocol's section 6.1).
        public var hasSession: Bool { handshakeAge.map { $0 < .seconds(180) } ?? false }
    }
}
