import Observability
import OverlayCore
import OverlayDataplane

/// The overlay's metrics. Names that Weave Net had keep their meaning.
struct OverlayMetrics: Sendable {
    let registry: MetricsRegistry
    private let connections: MetricFamily<Gauge>
    private let peers: MetricFamily<Gauge>
    private let addressesUsed: Gauge
    private let podMTU: Gauge
    private let problems: Gauge
    private let drops: MetricFamily<Counter>

    init(registry: MetricsRegistry) {
        self.registry = registry
        connections = registry.gauges("weave_connections", help: "Connections of the mesh.", labels: ["state"])
        peers = registry.gauges("trama_overlay_peers", help: "Other members, by the path to them.", labels: ["path"])
        addressesUsed = registry.gauge("weave_ips", help: "Addresses in use on this host.")
        podMTU = registry.gauge("trama_overlay_pod_mtu_bytes", help: "The largest packet that pods may send.")
        problems = registry.gauge("trama_overlay_problems", help: "Objects that are not as they should be.")
        drops = registry.counters(
            "trama_overlay_dropped_packets_total",
            help: "Packets that the overlay's nftables table dropped.",
            labels: ["reason"]
        )
        for reason in OverlayDrops().byReason.keys { _ = drops.with(reason) }
    }

    /// Tells of what the reconciler has done.
    func follow(_ reconciler: OverlayReconciler) {
        for cause in RepairCause.allCases {
            let name = cause.rawValue.replacing("-", with: "_")
            registry.computed(
                "trama_overlay_repairs_\(name)_total",
                help: "Objects put right after somebody else had changed them: \(cause.rawValue).",
                kind: .counter
            ) { Double(reconciler.counters.repairs[cause] ?? 0) }
        }
        registry.computed(
            "trama_overlay_kernel_changes_total",
            help: "Changes sent to the kernel.",
            kind: .counter
        ) { Double(reconciler.counters.changes) }
        registry.computed(
            "trama_overlay_kernel_refusals_total",
            help: "Changes that the kernel refused.",
            kind: .counter
        ) { Double(reconciler.counters.refusals) }
    }

    /// Brings the gauges up to date.
    func note(_ status: OverlayStatus) {
        let states = status.connections.reduce(into: [:]) { $0[$1.state, default: 0] += 1 }
        for state in ConnectionSummary.State.allCases {
            connections.with(state.rawValue).set(states[state.rawValue] ?? 0)
        }
        let paths = status.peers.filter { !$0.isSelf }.reduce(into: [:]) { $0[$1.path, default: 0] += 1 }
        // A state that nobody is in any more goes to 0.
        for path in PathState.names { peers.with(path).set(paths[path] ?? 0) }
        addressesUsed.set(status.ipam.used)
        podMTU.set(Int(status.podMTU))
        problems.set(status.problems.count)
        for (reason, count) in status.drops {
            let counter = drops.with(reason)
            if count > counter.value { counter.increment(by: Int(clamping: count - counter.value)) }
        }
    }
}
