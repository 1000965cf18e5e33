public import Addressing

/// What a ``MeshNode`` wants done, in this order.
public enum MeshNodeOutput: Sendable {
    /// Of the mesh.
    case mesh(MeshOutput)
    /// These are the blocks whose addresses our pods may have from now on; all of them.
    case blocksChanged([IPPrefix])
    /// These are the blocks whose addresses pods in a bridged network may have from now on; all of them.
    case networkBlocksChanged(network: String, [IPPrefix])
    /// What was asked for cannot be had: why, in words for the user.
    case failed(String)
    /// A peer was removed, and this one has its space.
    case removed(PeerID, heir: PeerID)
    /// We have handed on everything and may stop.
    case left
}
