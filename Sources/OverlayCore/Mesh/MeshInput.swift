/// What a ``MeshCore`` is told. Each comes with the moment at which it happened.
public enum MeshInput: Sendable {
    /// ``MeshCore/nextDeadline`` has come.
    case tick
    /// A connection is up, with TLS and all; `remote` is its other end (of an inbound one, not a port to dial).
    case opened(ConnectionID, isOutbound: Bool, remote: PeerAddress)
    /// A whole message came.
    case received(ConnectionID, MeshMessage)
    /// What came on the connection could not be decoded. The core closes it and counts it.
    case malformed(ConnectionID, reason: String)
    /// Whether more may be sent on the connection without it piling up. True until told otherwise.
    case writable(ConnectionID, Bool)
    /// The connection is gone, whoever closed it. Need not be told of those that ``MeshOutput/close(_:reason:)`` named.
    case closed(ConnectionID, reason: String)
    /// What ``MeshOutput/dial(_:)`` asked for did not come about.
    case dialFailed(PeerAddress, reason: String)
    /// A user names places to be connected with always: in addition to those named before, or instead of them.
    case connect([PeerAddress], replace: Bool)
    /// A user takes back places named before. Existing connections stay as long as they serve.
    case forget([PeerAddress])
    /// Our own record is to be changed. Identity, version, instance, start and removal are the core's and are not.
    case updateOwn(@Sendable (inout PeerRecord) -> Void)
    /// Our side's new entries. Those that do not supersede what is stored are ignored.
    case publish([ReplicatedEntry])
    /// The peer is gone for good: everybody is told, and its identity never comes back.
    case remove(PeerID)
}
