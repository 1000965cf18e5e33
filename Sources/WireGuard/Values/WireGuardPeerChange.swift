public import Addressing

/// A change of one peer of a device.
///
/// Changes are made in order. A prefix that is added to a peer leaves the one that had it in the same step, so that
/// at every moment each packet has a peer to go to.
public enum WireGuardPeerChange: Sendable, Hashable {
    /// Makes the peer if it is not there, and changes what is said of it.
    case set(Update)
    /// Removes the peer and all that belongs to it; one that is not there is removed already.
    case remove(WireGuardKey)

    /// The peer that it is of.
    public var publicKey: WireGuardKey {
        switch self {
        case .set(let update): update.publicKey
        case .remove(let key): key
        }
    }

    /// What becomes different of a peer; nil and empty leave a setting alone.
    public struct Update: Sendable, Hashable {
        /// Who it is.
        public var publicKey: WireGuardKey
        /// Its new preshared key; ``PresharedKey/none`` takes it away.
        public var presharedKey: PresharedKey?
        /// Where it is reached from now on.
        public var endpoint: WireGuardEndpoint?
        /// Its new keepalive interval; zero is never.
        public var keepalive: Duration?
        /// Prefixes that it gets, be it from another peer.
        public var added: Set<IPPrefix>
        /// Prefixes that it loses and no other peer gets. Such a prefix must be its own at that moment.
        public var removed: Set<IPPrefix>

        /// An update from its parts.
        public init(
            _ publicKey: WireGuardKey,
            presharedKey: PresharedKey? = nil,
            endpoint: WireGuardEndpoint? = nil,
            keepalive: Duration? = nil,
            added: Set<IPPrefix> = [],
            removed: Set<IPPrefix> = []
        ) {
            self.publicKey = publicKey
            self.presharedKey = presharedKey
            self.endpoint = endpoint
            self.keepalive = keepalive
            self.added = added
            self.removed = removed
        }

        /// What makes a peer from nothing.
        public init(making peer: WireGuardPeer) {
            self.init(
                peer.publicKey,
                presharedKey: peer.presharedKey.map { .secret($0) },
                endpoint: peer.endpoint,
                keepalive: peer.keepalive,
                added: peer.allowedPrefixes
            )
        }
    }

    /// A preshared key to be, or none.
    public enum PresharedKey: Sendable, Hashable {
        case none
        case secret(WireGuardSecret)
    }
}
