public import Addressing
public import Observability
import Synchronization

/// The proxy's ``ProxyHealth``, shared between those who report and those who ask.
public final class HealthState: Sendable {
    private let health: Mutex<ProxyHealth>
    private let now: @Sendable () -> Moment

    /// Healthy, with nothing queued.
    ///
    /// - Parameters:
    ///   - timeout: How long an update may wait (``ProxyConfiguration/healthTimeout``).
    ///   - now: The clock.
    public init(timeout: Duration, now: @escaping @Sendable () -> Moment = Moment.now) {
        health = Mutex(ProxyHealth(timeout: timeout))
        self.now = now
    }

    /// An update of these families' rules waits from now on.
    public func queued(_ families: some Sequence<IPFamily> = IPFamily.allCases) {
        let now = now()
        health.withLock { health in for family in families { health.queued(family, at: now) } }
    }

    /// These families' rules are what they should be.
    public func updated(_ families: some Sequence<IPFamily> = IPFamily.allCases) {
        let now = now()
        health.withLock { health in for family in families { health.updated(family, at: now) } }
    }

    /// Load balancers may, or may not, send traffic to the node (``NodeEligibility``).
    public func setNodeEligible(_ isEligible: Bool) {
        health.withLock { $0.isNodeEligible = isEligible }
    }

    /// Whether the proxy keeps up: the `healthy` of `/livez` and of the health-check node ports.
    public var isHealthy: Bool {
        let now = now()
        return health.withLock { $0.isHealthy(at: now) }
    }

    /// The answer to a request for one of the two paths.
    public func response(to path: ProxyHealth.Path) -> StatusResponse {
        let now = now()
        return health.withLock { $0 }.response(to: path, at: now)
    }
}
