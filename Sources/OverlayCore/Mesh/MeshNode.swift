public import Addressing

/// What a ``MeshNode`` must be told.
public struct MeshNodeConfiguration: Sendable {
    /// Of the mesh.
    public var mesh: MeshConfiguration

    /// A configuration from its parts.
    public init(mesh: MeshConfiguration) {
        self.mesh = mesh
    }
}

/// What a ``MeshNode`` is told. Each comes with the moment at which it happened.
public enum MeshNodeInput: Sendable {
    /// Of the mesh: its connections, its records, and ``MeshInput/tick``, which is for all parts.
    case mesh(MeshInput)
    /// Pods need one more block of addresses than we have.
    case needBlock(IPFamily)
    /// No pod has an address of this block any more.
    case releaseBlock(IPPrefix)
    /// The peer is gone for good; somebody is to have its address space.
    case removePeer(PeerID)
    /// We are going for good, and hand on our address space first.
    case leave
}

/// What a ``MeshNode`` wants done, in this order.
public enum MeshNodeOutput: Sendable {
    /// Of the mesh.
    case mesh(MeshOutput)
    /// These are the blocks whose addresses our pods may have from now on; all of them.
    case blocksChanged([IPPrefix])
    /// What was asked for cannot be had: why, in words for the user.
    case failed(String)
    /// A peer was removed, and this one has its space.
    case removed(PeerID, heir: PeerID)
    /// We have handed on everything and may stop.
    case left
}

/// A peer without its sockets and its disk: the mesh, and the addresses that the peers share out over it.
///
/// What the transport runs, and what the simulation runs in its place.
public struct MeshNode: Sendable {
    /// Who talks to whom, and what all agree on.
    public private(set) var mesh: MeshCore

    /// A peer that begins with what it had on disk.
    public init(
        configuration: MeshNodeConfiguration,
        own: PeerRecord,
        stored: [ReplicatedEntry],
        seed: UInt64,
        now: Duration
    ) {
        mesh = MeshCore(configuration: configuration.mesh, own: own, stored: stored, seed: seed, now: now)
    }

    /// When ``MeshInput/tick`` is due; nil if nothing is waited for.
    public var nextDeadline: Duration? { mesh.nextDeadline }

    /// The blocks whose addresses our pods may have.
    public var blocks: [IPPrefix] { [] }

    /// Takes note of what happened, and returns what is to be done.
    public mutating func handle(_ input: MeshNodeInput, now: Duration) -> [MeshNodeOutput] {
        switch input {
        case .mesh(let input): mesh.handle(input, now: now).map { .mesh($0) }
        case .needBlock, .releaseBlock, .removePeer, .leave: []
        }
    }
}
