public import Observability
public import OverlayCore

/// How a ``MeshTransport`` is at one moment, for people and metrics.
public struct MeshTransportStatus: Sendable {
    /// The state of the mesh.
    public var node: MeshNode
    /// What was counted.
    public var counters: MeshTransportCounters
    /// Where connections are taken.
    public var addresses: [ListenAddress]
    /// With whom no connection came about of late, the oldest first.
    public var refusals: [MeshRefusalRecord]
    /// Why the store cannot be written at present.
    public var storeProblem: StateError?
    /// Outputs of the node that wait for the disk.
    public var waitingCount: Int
    /// Bytes of messages that wait for other peers to take them.
    public var pendingByteCount: Int
    /// Tells the cluster's token from others, and nothing of it.
    public var tokenFingerprint: String
}

extension MeshTransport {
    /// How it is at this moment.
    public func status() -> MeshTransportStatus {
        MeshTransportStatus(
            node: node,
            counters: counters,
            addresses: addresses,
            refusals: refusals,
            storeProblem: storeProblem,
            waitingCount: effects.count,
            pendingByteCount: connections.values.reduce(0) { $0 + $1.pendingByteCount },
            tokenFingerprint: configuration.token.fingerprint
        )
    }
}
