public import Addressing

/// What an ``IPAMCore`` is told. Each comes with the moment at which it happened.
public enum IPAMInput: Sendable {
    /// ``IPAMCore/nextDeadline`` has come.
    case tick
    /// These are new or have changed, of any kind and whoever wrote them; the view has them already.
    case entries([ReplicatedEntry])
    /// This neighbour lacks addresses, and asks us for some.
    case lack(MeshLack, of: PeerID)
    /// A network needs one more block than we have in use. Once per block.
    case needBlock(range: String, IPFamily)
    /// No pod has an address of this block any more: others may have it.
    case releaseBlock(range: String, IPPrefix)
    /// The peer is gone for good; somebody is to have its address space.
    case removePeer(PeerID)
    /// We are going for good, and hand on our address space first. No pod has an address of ours any more.
    case leave
    /// A bridged network's range, which we share out too from now on. `owns`: we have just created it, so all of it is
    /// ours at first. `blocks`: those that were in use here when we were stopped.
    case addRange(IPAMRange, owns: Bool, blocks: [IPPrefix])
    /// We have left a bridged network: what we have of its ranges goes to another member of it, if one is there.
    case removeRange(id: String)
}
