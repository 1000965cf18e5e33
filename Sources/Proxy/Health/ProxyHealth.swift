public import Addressing
public import Observability

/// Whether the proxy keeps up with its updates, and whether its node should get traffic: what `/healthz` and `/livez`
/// say. Pure: each call is told the time.
///
/// An address family is unhealthy while its oldest update has waited for ``timeout`` or longer; nothing else makes it
/// so (upstream: `pkg/proxy/healthcheck/proxy_health.go`).
public struct ProxyHealth: Sendable, Equatable {
    /// The two paths that are answered.
    public enum Path: String, Sendable, CaseIterable {
        /// Healthy, and the node is eligible for traffic: load balancers ask this.
        case healthz = "/healthz"
        /// Healthy: the kubelet asks this.
        case livez = "/livez"
    }

    /// How long an update may wait.
    public let timeout: Duration
    /// Whether load balancers may send traffic to the node.
    public var isNodeEligible = true
    private var lastUpdated: [IPFamily: WallTime] = [:]
    private var oldestQueued: [IPFamily: MonotonicTime] = [:]

    /// Healthy, with nothing queued.
    ///
    /// - Parameter timeout: How long an update may wait.
    public init(timeout: Duration) {
        self.timeout = timeout
    }

    /// An update of the family's rules waits from now on, if none did before.
    public mutating func queued(_ family: IPFamily, at now: Moment) {
        if oldestQueued[family] == nil { oldestQueued[family] = now.monotonic }
    }

    /// The family's rules are what they should be.
    public mutating func updated(_ family: IPFamily, at now: Moment) {
        oldestQueued[family] = nil
        lastUpdated[family] = now.wall
    }

    /// Whether no family has an update that waited too long.
    public func isHealthy(at now: Moment) -> Bool {
        IPFamily.allCases.allSatisfy { isHealthy($0, at: now) }
    }

    private func isHealthy(_ family: IPFamily, at now: Moment) -> Bool {
        guard let queued = oldestQueued[family] else { return true }
        return now.monotonic.duration(since: queued) < timeout
    }

    /// The answer to a request, byte for byte as upstream gives it.
    public func response(to path: Path, at now: Moment) -> StatusResponse {
        let isHealthy = isHealthy(at: now)
        let isOK = isHealthy && (path == .livez || isNodeEligible)
        // Upstream shows the current time when all is well, for clients that expect a recent time.
        let shown = isOK ? now.wall : lastUpdated.values.max()
        var body = "{\"lastUpdated\":\"\(Self.text(shown))\",\"currentTime\":\"\(now.wall)\""
        if path == .healthz { body += ",\"nodeEligible\":\(isNodeEligible)" }
        body += ",\"healthy\":\(isHealthy),\"status\":{"
        body += IPFamily.allCases.compactMap { family in
            lastUpdated[family].map { time in
                "\"\(family)\":{\"lastUpdated\":\"\(time)\",\"healthy\":\(self.isHealthy(family, at: now))}"
            }
        }.joined(separator: ",")
        return .json(body + "}}", status: isOK ? 200 : 503)
    }

    /// The time, or Go's zero time.
    private static func text(_ time: WallTime?) -> String { time?.description ?? "0001-01-01T00:00:00Z" }
}
