public import Addressing

/// What a ``MeshNode`` is told. Each comes with the moment at which it happened.
public enum MeshNodeInput: Sendable {
    /// Of the mesh: its connections, its records, and ``MeshInput/tick``, which is for all parts.
    case mesh(MeshInput)
    /// Pods need one more block of addresses than we have; or pods in the bridged network of this name do.
    case needBlock(IPFamily, network: String = "")
    /// No pod has an address of this block any more; or none in the bridged network of this name.
    case releaseBlock(IPPrefix, network: String = "")
    /// The peer is gone for good; somebody is to have its address space.
    case removePeer(PeerID)
    /// We are going for good, and hand on our address space first.
    case leave
    /// We share in a bridged network's range from now on. `owns`: we have just created it. `blocks`: those that were in
    /// use here when we were stopped.
    case addRange(IPAMRange, owns: Bool, blocks: [IPPrefix])
    /// We have left the bridged network of this name.
    case removeRange(network: String)
}
