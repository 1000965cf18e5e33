public import Addressing
public import OverlayCore

extension MeshTransport {
    /// Connects to these places always: in addition to those named before, or instead of them.
    public func connect(_ addresses: [PeerAddress], replace: Bool = false) {
        handle(.mesh(.connect(addresses, replace: replace)))
    }

    /// No longer insists on connections to these places.
    public func forget(_ addresses: [PeerAddress]) {
        handle(.mesh(.forget(addresses)))
    }

    /// Declares a peer gone for good; somebody is to have its address space. ``MeshNotice`` tells what came of it.
    public func remove(_ peer: PeerID) {
        handle(.removePeer(peer))
    }

    /// Changes our own record, and tells the others. Identity, version, instance, start and removal are not changed.
    public func updateOwn(_ change: @escaping @Sendable (inout PeerRecord) -> Void) {
        handle(.mesh(.updateOwn(change)))
    }

    /// Tells the others these entries, once they are on the disk.
    public func publish(_ entries: [ReplicatedEntry]) {
        handle(.mesh(.publish(entries)))
    }

    /// Asks for one more block of addresses; ``MeshChanges/blocks`` tells when there is one.
    public func needBlock(_ family: IPFamily, network: String = "") {
        handle(.needBlock(family, network: network))
    }

    /// Gives back a block of which no pod has an address any more.
    public func releaseBlock(_ block: IPPrefix, network: String = "") {
        handle(.releaseBlock(block, network: network))
    }

    /// Shares out the range of a bridged network from now on, too.
    ///
    /// - Parameters:
    ///   - owns: Whether we made the network, and have all of its range to give at first.
    ///   - blocks: Those of an earlier run that are in use.
    public func addRange(_ range: IPAMRange, owns: Bool, blocks: [IPPrefix] = []) {
        handle(.addRange(range, owns: owns, blocks: blocks))
    }

    /// Forgets the range of a bridged network.
    public func removeRange(network: String) {
        handle(.removeRange(network: network))
    }

    /// Hands on the address space, since this peer goes for good; ``MeshNotice/left`` tells when it may stop.
    public func leave() {
        handle(.leave)
    }
}
