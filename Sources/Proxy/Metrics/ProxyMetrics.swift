public import Addressing
public import Observability

/// What the proxy counts: upstream's `kubeproxy_*` metrics under their names, types, labels and buckets, and our own
/// under `trama_*`.
///
/// Upstream's metrics of the iptables mode are not there. A metric appears at `/metrics` once it has a value.
public struct ProxyMetrics: Sendable {
    /// A traffic policy, for ``noLocalEndpoints(_:_:)``.
    public enum TrafficPolicy: String, Sendable, CaseIterable {
        /// `internalTrafficPolicy`.
        case `internal`
        /// `externalTrafficPolicy`.
        case external
    }

    /// A metric of each family.
    public struct PerFamily<Metric: Sendable>: Sendable {
        private let ipv4: Metric
        private let ipv6: Metric

        init(_ family: MetricFamily<Metric>) {
            ipv4 = family.with("\(IPFamily.ipv4)")
            ipv6 = family.with("\(IPFamily.ipv6)")
        }

        /// The metric of that family.
        public subscript(family: IPFamily) -> Metric { family == .ipv4 ? ipv4 : ipv6 }
    }

    // MARK: Upstream's

    /// Time of one update of the rules, from taking the changes to the acknowledged commit.
    public let syncDuration: PerFamily<Histogram>
    /// The same, of updates that read the table back and compared all of it.
    public let fullSyncDuration: PerFamily<Histogram>
    /// The same, of updates that looked at changes only.
    public let partialSyncDuration: PerFamily<Histogram>
    /// When the rules were last brought up to date.
    public let lastSync: PerFamily<Gauge>
    /// When an update was last asked for.
    public let lastQueued: PerFamily<Gauge>
    /// Updates that failed.
    public let syncFailures: PerFamily<Counter>
    /// Removals of chains that nothing uses any more, that failed.
    public let cleanupFailures: PerFamily<Counter>
    /// Time from a change of endpoints, as its controller stamped it, to the rules.
    public let networkProgrammingDuration: PerFamily<Histogram>
    /// EndpointSlice changes that are not yet in the rules.
    public let endpointChangesPending: Gauge
    /// EndpointSlice changes seen.
    public let endpointChanges: Counter
    /// Service changes that are not yet in the rules.
    public let serviceChangesPending: Gauge
    /// Service changes seen.
    public let serviceChanges: Counter
    /// Time of one reconciliation of connection tracking.
    public let conntrackDuration: PerFamily<Histogram>
    /// Flows that reconciliation deleted.
    public let conntrackDeletedEntries: PerFamily<Counter>
    private let noLocalEndpoints: MetricFamily<Gauge>
    private let healthzAnswers: MetricFamily<Counter>
    private let livezAnswers: MetricFamily<Counter>

    // MARK: Ours

    /// Transactions committed.
    public let transactions: PerFamily<Counter>
    /// Transactions that somebody else's commit overtook, and that were built again.
    public let transactionConflicts: PerFamily<Counter>
    /// Objects that the kernel refused and that were left out, so that the others could go in.
    public let rejectedObjects: PerFamily<Counter>
    /// Set and map elements added and deleted.
    public let elementChanges: PerFamily<Counter>
    /// Elements of the maps `frontends` and `endpoints`.
    public let elements: PerFamily<Gauge>
    /// Netlink bytes sent.
    public let netlinkBytes: PerFamily<Counter>
    /// Times that our table was not as we left it and was put right.
    public let repairs: PerFamily<Counter>
    /// Time from the notice that our table had been changed to the commit that put it right.
    public let repairDuration: PerFamily<Histogram>
    /// Frontends that several Services claim.
    public let frontendConflicts: Gauge
    /// Time from taking a change to its acknowledged commit, finer than ``syncDuration``.
    public let commitLatency: Histogram

    /// Registers all of them.
    public init(registry: MetricsRegistry) {
        let builder = Builder(registry: registry)
        let syncBounds = Histogram.exponentialBounds(from: 0.001, factor: 2, count: 15)

        syncDuration = builder.histogram(
            "kubeproxy_sync_proxy_rules_duration_seconds",
            "[ALPHA] SyncProxyRules latency in seconds",
            syncBounds
        )
        fullSyncDuration = builder.histogram(
            "kubeproxy_sync_full_proxy_rules_duration_seconds",
            "[ALPHA] SyncProxyRules latency in seconds for full resyncs",
            syncBounds
        )
        partialSyncDuration = builder.histogram(
            "kubeproxy_sync_partial_proxy_rules_duration_seconds",
            "[ALPHA] SyncProxyRules latency in seconds for partial resyncs",
            syncBounds
        )
        lastSync = builder.gauge(
            "kubeproxy_sync_proxy_rules_last_timestamp_seconds",
            "[ALPHA] The last time proxy rules were successfully synced"
        )
        lastQueued = builder.gauge(
            "kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds",
            "[ALPHA] The last time a sync of proxy rules was queued"
        )
        syncFailures = builder.counter(
            "kubeproxy_sync_proxy_rules_nftables_sync_failures_total",
            "[ALPHA] Cumulative proxy nftables sync failures"
        )
        cleanupFailures = builder.counter(
            "kubeproxy_sync_proxy_rules_nftables_cleanup_failures_total",
            "[ALPHA] Cumulative proxy nftables cleanup failures"
        )
        networkProgrammingDuration = builder.histogram(
            "kubeproxy_network_programming_duration_seconds",
            "[ALPHA] In Cluster Network Programming Latency in seconds",
            [0.25, 0.5] + stride(from: 1, through: 59, by: 1) + stride(from: 60, through: 115, by: 5)
                + stride(from: 120, through: 300, by: 30)
        )
        conntrackDuration = builder.histogram(
            "kubeproxy_conntrack_reconciler_sync_duration_seconds",
            "[ALPHA] ReconcileConntrackFlowsLatency latency in seconds",
            syncBounds
        )
        conntrackDeletedEntries = builder.counter(
            "kubeproxy_conntrack_reconciler_deleted_entries_total",
            "[ALPHA] Cumulative conntrack flows deleted by conntrack reconciler"
        )
        endpointChangesPending = registry.gauge(
            "kubeproxy_sync_proxy_rules_endpoint_changes_pending",
            help: "[ALPHA] Pending proxy rules Endpoint changes"
        )
        endpointChanges = registry.counter(
            "kubeproxy_sync_proxy_rules_endpoint_changes_total",
            help: "[ALPHA] Cumulative proxy rules Endpoint changes"
        )
        serviceChangesPending = registry.gauge(
            "kubeproxy_sync_proxy_rules_service_changes_pending",
            help: "[ALPHA] Pending proxy rules Service changes"
        )
        serviceChanges = registry.counter(
            "kubeproxy_sync_proxy_rules_service_changes_total",
            help: "[ALPHA] Cumulative proxy rules Service changes"
        )
        noLocalEndpoints = registry.gauges(
            "kubeproxy_sync_proxy_rules_no_local_endpoints_total",
            help: "[ALPHA] Number of services with a Local traffic policy and no endpoints",
            labels: ["ip_family", "traffic_policy"]
        )
        healthzAnswers = registry.counters(
            "kubeproxy_proxy_healthz_total",
            help: "[ALPHA] Cumulative proxy healthz HTTP status",
            labels: ["code"]
        )
        livezAnswers = registry.counters(
            "kubeproxy_proxy_livez_total",
            help: "[ALPHA] Cumulative proxy livez HTTP status",
            labels: ["code"]
        )

        transactions = builder.counter("trama_transactions_total", "nftables transactions committed.")
        transactionConflicts = builder.counter(
            "trama_transaction_conflicts_total",
            "nftables transactions built again because another program had committed in between."
        )
        rejectedObjects = builder.counter(
            "trama_rejected_objects_total",
            "nftables objects that the kernel refused and that were left out."
        )
        elementChanges = builder.counter(
            "trama_element_changes_total",
            "Elements of nftables sets and maps added and deleted."
        )
        elements = builder.gauge("trama_elements", "Frontends and endpoint slots in the table.")
        netlinkBytes = builder.counter("trama_netlink_sent_bytes_total", "Bytes of nftables transactions sent.")
        repairs = builder.counter(
            "trama_repairs_total",
            "Times that the table was changed by somebody else and put right."
        )
        repairDuration = builder.histogram(
            "trama_repair_duration_seconds",
            "Time from the notice of a foreign change to the commit that put it right.",
            syncBounds
        )
        commitLatency = registry.histogram(
            "trama_commit_duration_seconds",
            help: "Time from taking a change of objects to the acknowledged commit of its rules.",
            bounds: Histogram.exponentialBounds(from: 0.000_0625, factor: 2, count: 18)
        )
        frontendConflicts = registry.gauge(
            "trama_frontend_conflicts",
            help: "Addresses and ports that more than one Service claims."
        )
    }

    /// Services whose policy is Local and that have no endpoint on this node, of a family.
    public func noLocalEndpoints(_ policy: TrafficPolicy, _ family: IPFamily) -> Gauge {
        noLocalEndpoints.with("\(family)", policy.rawValue)
    }

    /// Counts an answer of `/healthz` or `/livez`.
    public func countAnswer(_ path: ProxyHealth.Path, status: Int) {
        (path == .healthz ? healthzAnswers : livezAnswers).with(String(status)).increment()
    }

    /// Registers metrics with the label `ip_family` for both families.
    private struct Builder {
        let registry: MetricsRegistry

        func counter(_ name: String, _ help: String) -> PerFamily<Counter> {
            PerFamily(registry.counters(name, help: help, labels: ["ip_family"]))
        }

        func gauge(_ name: String, _ help: String) -> PerFamily<Gauge> {
            PerFamily(registry.gauges(name, help: help, labels: ["ip_family"]))
        }

        func histogram(_ name: String, _ help: String, _ bounds: [Double]) -> PerFamily<Histogram> {
            PerFamily(registry.histograms(name, help: help, labels: ["ip_family"], bounds: bounds))
        }
    }
}
