/// What the `healthCheckNodePort` server of one Service answers.
public struct HealthCheck: Hashable, Sendable {
    /// `spec.healthCheckNodePort`: where it listens.
    public var port: UInt16
    /// Number of distinct addresses of ready endpoints on this node, in the family that has more: a dual-stack pod counts once.
    ///
    /// Terminating endpoints do not count: a node with none but those must not get new connections.
    public var localReadyEndpointCount: Int

    /// The answer of the server at `port`.
    public init(port: UInt16, localReadyEndpointCount: Int) {
        self.port = port
        self.localReadyEndpointCount = localReadyEndpointCount
    }
}

/// How the health check of one Service changed; `old` and `new` differ, and at most one of them is nil.
public struct HealthCheckChange: Hashable, Sendable {
    /// The Service.
    public var service: ObjectKey
    /// The health check before; nil if there was none.
    public var old: HealthCheck?
    /// The health check now; nil if there is none any more.
    public var new: HealthCheck?

    /// The change of the health check of `service` from `old` to `new`.
    public init(service: ObjectKey, old: HealthCheck?, new: HealthCheck?) {
        self.service = service
        self.old = old
        self.new = new
    }
}
