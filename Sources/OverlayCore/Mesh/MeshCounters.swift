/// What a ``MeshCore`` has counted since its start.
public struct MeshCounters: Sendable, Hashable {
    /// Messages received.
    public var messages = 0
    /// Entries received.
    public var entries = 0
    /// Of these, the ones that were known already.
    public var duplicates = 0
    /// Of these, the ones that no honest peer sends: a record under another's key, a version out of bounds.
    public var rejected = 0
    /// Connections closed since what came on them was no message, or not at its time.
    public var malformed = 0
    /// Connections refused, by either side.
    public var refused = 0
    /// Rounds of comparison that found a difference.
    public var reconciliations = 0
    /// Times that a peer was dialled.
    public var dials = 0

    /// Nothing counted.
    public init() {}
}
