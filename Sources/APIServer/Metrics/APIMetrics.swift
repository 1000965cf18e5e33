import Observability

/// What an API server counts; the names are kube-apiserver's.
struct APIMetrics: Sendable {
    /// Requests by what was asked and what was answered.
    let requests: MetricFamily<Counter>
    /// How long requests took that are no watches.
    let durations: MetricFamily<Histogram>
    /// Requests that are worked on.
    let inFlight: Gauge
    /// Watches that go on.
    let longRunning: Gauge
    /// Watches that were cut off because they did not keep up.
    let slowWatches: Counter
    /// Requests that were refused with 429.
    let rejected: Counter

    /// What is asked: labels of ``requests`` and ``durations``.
    struct Subject: Sendable {
        var verb = ""
        var group = ""
        var version = ""
        var resource = ""
        var subresource = ""
    }

    init(_ registry: MetricsRegistry, objects: ObjectRegistry) {
        let labels = ["verb", "group", "version", "resource", "subresource"]
        requests = registry.counters(
            "apiserver_request_total",
            help: "Requests by verb, group, version, resource and HTTP status.",
            labels: labels + ["code"]
        )
        durations = registry.histograms(
            "apiserver_request_duration_seconds",
            help: "How long requests took, watches left out.",
            labels: labels,
            bounds: [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 2, 5, 15, 30, 60]
        )
        inFlight = registry.gauge("apiserver_current_inflight_requests", help: "Requests that are worked on.")
        longRunning = registry.gauge("apiserver_longrunning_requests", help: "Watches that go on.")
        slowWatches = registry.counter(
            "apiserver_terminated_watchers_total",
            help: "Watches that were cut off because they did not keep up."
        )
        rejected = registry.counter(
            "apiserver_flowcontrol_rejected_requests_total",
            help: "Requests that were refused because too many were waiting."
        )
        registry.computed("apiserver_registered_watchers", help: "Watches of all kinds.", kind: .gauge) {
            Double(objects.cache.kinds.reduce(0) { $0 + $1.watcherCount })
        }
        registry.computed("apiserver_storage_objects", help: "Objects of all kinds.", kind: .gauge) {
            Double(objects.cache.kinds.reduce(0) { $0 + $1.count })
        }
    }

    /// Counts a request that was answered.
    func count(_ subject: Subject, code: Int, duration: Duration?) {
        let (verb, group, version) = (subject.verb, subject.group, subject.version)
        requests.with(verb, group, version, subject.resource, subject.subresource, "\(code)").increment()
        if code == 429 { rejected.increment() }
        guard let duration else { return }
        durations.with(verb, group, version, subject.resource, subject.subresource).observe(duration)
    }
}
