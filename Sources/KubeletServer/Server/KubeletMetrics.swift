import Observability

/// What a kubelet's server counts.
struct KubeletMetrics: Sendable {
    private let registry: MetricsRegistry
    private let requests: MetricFamily<Counter>
    /// Logs and commands that are being carried.
    let streams: Gauge

    init(_ registry: MetricsRegistry) {
        self.registry = registry
        requests = registry.counters(
            "kubelet_http_requests_total",
            help: "Requests by what was asked for and HTTP status.",
            labels: ["path", "code"]
        )
        streams = registry.gauge("kubelet_http_streams", help: "Logs and commands that are being carried.")
    }

    /// Counts a request that was answered.
    func count(_ path: String, code: Int) {
        requests.with(path, "\(code)").increment()
    }

    /// All metrics of the process, as text.
    func exposition() -> String { registry.exposition() }
}
