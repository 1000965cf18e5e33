public import Addressing

/// A peer of a WireGuard device, as it should be.
public struct WireGuardPeer: Sendable, Hashable {
    /// Who it is.
    public var publicKey: WireGuardKey
    /// A key that both know besides their own (`PresharedKey`); nil for none.
    public var presharedKey: WireGuardSecret?
    /// Where it is reached; nil where it must come to us first.
    public var endpoint: WireGuardEndpoint?
    /// How often something is sent so that a NAT in between keeps its entry, in whole seconds, 1 to 65,535; nil for
    /// never.
    public var keepalive: Duration?
    /// The destinations that go to it, which are also the only sources accepted from it. A prefix belongs to one peer
    /// of a device.
    public var allowedPrefixes: Set<IPPrefix>

    /// A peer from its parts.
    public init(
        publicKey: WireGuardKey,
        presharedKey: WireGuardSecret? = nil,
        endpoint: WireGuardEndpoint? = nil,
        keepalive: Duration? = nil,
        allowedPrefixes: Set<IPPrefix> = []
    ) {
        self.publicKey = publicKey
        self.presharedKey = presharedKey
        self.endpoint = endpoint
        self.keepalive = keepalive
        self.allowedPrefixes = allowedPrefixes
    }

    /// The interval as devices take it: seconds, 0 for never.
    var keepaliveSeconds: UInt16 { Self.seconds(of: keepalive) }

    static func seconds(of keepalive: Duration?) -> UInt16 {
        keepalive.map { UInt16(clamping: max($0.components.seconds, 0)) } ?? 0
    }
}
