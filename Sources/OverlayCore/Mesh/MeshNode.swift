public import Addressing

/// A peer without its sockets and its disk: the mesh, and the addresses that the peers share out over it.
///
/// What the transport runs, and what the simulation runs in its place.
public struct MeshNode: Sendable {
    /// Who talks to whom, and what all agree on.
    public private(set) var mesh: MeshCore
    /// Who has which addresses; nil where others see to that.
    public private(set) var addresses: IPAMCore?
    private var outputs: [MeshNodeOutput] = []

    /// A peer that begins with what it had on disk.
    ///
    /// Where the mesh shares out addresses, the prefixes of `own` are the blocks in which pods have addresses, as whoever
    /// gave them out remembers. They are in use, as are those in the stored record, as far as they are still ours: what
    /// is in use is never given away, whatever is lost of either. Those that are not ours are told as such.
    public init(
        configuration: MeshNodeConfiguration,
        own: PeerRecord,
        stored: [ReplicatedEntry],
        seed: UInt64,
        now: Duration
    ) {
        var own = own
        if let addresses = configuration.addresses {
            let key = PeerRecord.key(of: own.id)
            let last = stored.filter { $0.key == key }.max { $0.version < $1.version }?.peerRecord
            own.prefixes = Set(own.prefixes + (last?.prefixes ?? [])).sorted()
            let core = IPAMCore(configuration: addresses, own: own, stored: stored, seed: ~seed, now: now)
            own.prefixes = core.blocks
            self.addresses = core
        }
        mesh = MeshCore(configuration: configuration.mesh, own: own, stored: stored, seed: seed, now: now)
    }

    /// When ``MeshInput/tick`` is due; nil if nothing is waited for.
    public var nextDeadline: Duration? {
        guard let deadline = mesh.nextDeadline else { return nil }
        guard !mesh.isRetired, let addresses, let other = addresses.nextDeadline else { return deadline }
        return min(deadline, other)
    }

    /// Takes note of what happened, and returns what is to be done.
    public mutating func handle(_ input: MeshNodeInput, now: Duration) -> [MeshNodeOutput] {
        switch input {
        case .mesh(let input): tell(mesh: input, now: now)
        case .removePeer(let peer) where addresses == nil:
            tell(mesh: .remove(peer), now: now)
            outputs.append(.removed(peer, heir: mesh.own.id))
        case .leave where addresses == nil: outputs.append(.left)
        case .removePeer(let peer): tell(addresses: .removePeer(peer), now: now)
        case .leave: tell(addresses: .leave, now: now)
        case .needBlock(let family, let network): tell(addresses: .needBlock(range: network, family), now: now)
        case .releaseBlock(let block, let network): tell(addresses: .releaseBlock(range: network, block), now: now)
        case .addRange(let range, let owns, let blocks):
            tell(addresses: .addRange(range, owns: owns, blocks: blocks), now: now)
        case .removeRange(let network): tell(addresses: .removeRange(id: network), now: now)
        }
        if let deadline = addresses?.nextDeadline, deadline <= now { tell(addresses: .tick, now: now) }
        guard !outputs.isEmpty else { return [] }
        let result = outputs
        outputs = []
        return result
    }

    private mutating func tell(mesh input: MeshInput, now: Duration) {
        for output in mesh.handle(input, now: now) {
            outputs.append(.mesh(output))
            if case .changed(let entries) = output, addresses != nil { tell(addresses: .entries(entries), now: now) }
        }
        for (peer, lack) in mesh.takeLacks() where addresses != nil { tell(addresses: .lack(lack, of: peer), now: now) }
    }

    private mutating func tell(addresses input: IPAMInput, now: Duration) {
        // Who lost its identity has no addresses to give.
        guard !mesh.isRetired else { return }
        guard addresses != nil else {
            return outputs.append(.failed("the mesh does not share out addresses here"))
        }
        for output in addresses?.handle(input, view: mesh, now: now) ?? [] {
            switch output {
            case .publish(let entries): tell(mesh: .publish(entries), now: now)
            case .ask(let peer, let lack):
                mesh.tell(lack, to: peer)
                tell(mesh: .tick, now: now)
            case .persist(let entries): outputs.append(.mesh(.persist(entries)))
            case .blocksChanged(let network, let blocks) where network.isEmpty:
                // Our record says so before the first address is given, so that a restart knows what is in use.
                tell(mesh: .updateOwn { $0.prefixes = blocks }, now: now)
                outputs.append(.blocksChanged(blocks))
            case .blocksChanged(let network, let blocks):
                outputs.append(.networkBlocksChanged(network: network, blocks))
            case .failed(let reason): outputs.append(.failed(reason))
            case .removed(let peer, let heir):
                tell(mesh: .remove(peer), now: now)
                outputs.append(.removed(peer, heir: heir))
            case .left: outputs.append(.left)
            case .log(let level, let text): outputs.append(.mesh(.log(level, text)))
            }
        }
    }
}

extension MeshNode {
    /// The blocks whose addresses our pods may have.
    public var blocks: [IPPrefix] { blocks(ofNetwork: "") }

    /// The blocks whose addresses pods in a bridged network may have here; for "", as ``blocks``.
    public func blocks(ofNetwork network: String) -> [IPPrefix] {
        mesh.isRetired ? [] : addresses?.blocks(of: network) ?? []
    }

    /// How the sharing out of addresses is going, for each range.
    public var addressStatus: [IPAMRangeStatus] { addresses?.status(mesh) ?? [] }

    /// Why nobody can be asked for more of a range at present, in words; nil where somebody can, or need not be.
    public func addressObstacle(_ family: IPFamily, network: String = "") -> String? {
        addresses?.obstacle(family, network: network, mesh)
    }

    /// What keeps the peers from sharing out the same space, in words; empty if nothing does.
    public var addressConflicts: [String] { addresses?.conflicts(mesh) ?? [] }

    /// What each peer owns of a range, most first. Looks at the whole ring.
    public func addressOwners(of range: IPAMRange) -> [IPAMOwner] { addresses?.owners(of: range, mesh) ?? [] }
}
