public import KubernetesClient
public import Observability
import Synchronization

/// Counts what controllers do, under the names that upstream's managers have, and knows whether they are ready.
public final class ControllerMetrics: ControllerObserver {
    private let adds: MetricFamily<Counter>
    private let retries: MetricFamily<Counter>
    private let durations: MetricFamily<Histogram>
    private let leadership: MetricFamily<Gauge>
    private let synced = Atomic<Bool>(false)

    /// Registers the metrics; once in a registry.
    public init(registry: MetricsRegistry) {
        adds = registry.counters(
            "workqueue_adds_total",
            help: "Total number of adds handled by workqueue",
            labels: ["name"]
        )
        retries = registry.counters(
            "workqueue_retries_total",
            help: "Total number of retries handled by workqueue",
            labels: ["name"]
        )
        durations = registry.histograms(
            "workqueue_work_duration_seconds",
            help: "How long in seconds processing an item from workqueue takes.",
            labels: ["name"],
            bounds: Histogram.exponentialBounds(from: 1e-6, factor: 10, count: 10)
        )
        leadership = registry.gauges(
            "leader_election_master_status",
            help: "Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 indicates "
                + "master. 'name' is the string used to identify the lease.",
            labels: ["name"]
        )
    }

    /// Whether everything is known that controllers need.
    public var isSynced: Bool { synced.load(ordering: .relaxed) }

    /// Counts a piece of work.
    public func worked(_ controller: String, _ key: ObjectName, failed: ClientError?, took: Duration) {
        durations.with(controller).observe(took)
        if failed != nil { retries.with(controller).increment() }
    }

    /// Counts a key.
    public func queued(_ controller: String, _ key: ObjectName) {
        adds.with(controller).increment()
    }

    /// Remembers whether everything is known.
    public func synced(_ isSynced: Bool) {
        synced.store(isSynced, ordering: .relaxed)
    }

    /// Says whether this process leads, for a Lease.
    public func leads(_ lease: String, _ isLeader: Bool) {
        leadership.with(lease).set(isLeader ? 1 : 0)
    }
}
