/// What a ``MeshCore`` wants done, in this order.
public enum MeshOutput: Sendable {
    /// Connect to this place; answered by ``MeshInput/opened(_:isOutbound:remote:)`` or
    /// ``MeshInput/dialFailed(_:reason:)`` with the same address.
    case dial(PeerAddress)
    /// Send a message.
    case send(ConnectionID, MeshMessage)
    /// Close a connection after what was sent on it before. Its number does not occur again.
    case close(ConnectionID, reason: String)
    /// These are our side's: they must be on disk before any later output takes effect.
    case persist([ReplicatedEntry])
    /// These came from others: keep them on disk too, when convenient. Losing the last of them does no harm.
    case store([ReplicatedEntry])
    /// These are new or have changed, whoever wrote them; ours are among them.
    case changed([ReplicatedEntry])
    /// A peer refused us, or we refused it: which, and why, in words for the user.
    case refused(PeerAddress, reason: String)
    /// Our identity is another's or was removed: stop using it, get a new one and start anew. The core does nothing
    /// more.
    case reidentify(reason: String)
    /// Something that an operator may want to know.
    case log(MeshLogLevel, String)
}

/// How much an operator wants to know something.
public enum MeshLogLevel: Sendable, Hashable {
    case debug, info, warning
}
