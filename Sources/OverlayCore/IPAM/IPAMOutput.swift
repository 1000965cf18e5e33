public import Addressing

/// What an ``IPAMCore`` wants done, in this order.
public enum IPAMOutput: Sendable, Hashable {
    /// These were written by others and say what is ours: they must be on disk before any later output takes effect, so
    /// that we know it after a restart without being told again.
    case persist([ReplicatedEntry])
    /// Spread these; all of them must be on disk before any is sent, and before any later output takes effect.
    case publish([ReplicatedEntry])
    /// Ask this neighbour for what we lack. It may be lost on the way.
    case ask(PeerID, MeshLack)
    /// These are all the blocks that pods of a network may have addresses of from now on. An address that is in use in
    /// another block stays in use, but no further ones are given there.
    case blocksChanged(range: String, [IPPrefix])
    /// What was asked for cannot be had: why, in words for the user.
    case failed(String)
    /// A peer was removed, and this one gets its space: the mesh may tell everybody.
    case removed(PeerID, heir: PeerID)
    /// Everything was handed on, and the other side has it.
    case left
    /// Something that an operator may want to know.
    case log(MeshLogLevel, String)
}
