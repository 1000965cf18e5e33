public import Observability

/// What the server counts, under the names that CoreDNS has.
public final class DNSMetrics: Sendable {
    /// Whose names a question is about.
    enum Zone: Int, CaseIterable {
        /// The cluster's, or that of the containers.
        case own
        /// Everybody else's.
        case other
    }

    private static let types: [RecordType] = [.a, .aaaa, .srv, .ptr, .cname, .txt, .soa, .ns, .mx, .any]
    private static let codes: [ResponseCode] = [
        .noError, .noSuchName, .serverFailure, .refused, .formatError, .notImplemented, .badVersion,
    ]

    /// By zone, transport, family and type, so that no label is put together for a question.
    private let requests: [Counter]
    /// By zone and code.
    private let responses: [Counter]
    /// By zone.
    private let durations: [Histogram]
    let cacheHits: Counter
    let cacheMisses: Counter
    let forwardRequests: MetricFamily<Counter>
    let forwardFailures: MetricFamily<Counter>
    let forwardDuration: Histogram
    let refusedConnections: Counter

    /// Registers the metrics.
    ///
    /// - Parameter zone: The label of our own names: `cluster.local.`.
    public init(registry: MetricsRegistry, zone: String) {
        let zones = [zone, "."]
        let requestFamily = registry.counters(
            "coredns_dns_requests_total",
            help: "Questions by zone, transport, family of the client's address, and type.",
            labels: ["zone", "proto", "family", "type"]
        )
        requests = zones.flatMap { zone in
            ["udp", "tcp"].flatMap { transport in
                ["1", "2"].flatMap { family in
                    (Self.types.map(\.description) + ["other"]).map { requestFamily.with(zone, transport, family, $0) }
                }
            }
        }
        let responseFamily = registry.counters(
            "coredns_dns_responses_total",
            help: "Answers by zone and code.",
            labels: ["zone", "rcode"]
        )
        responses = zones.flatMap { zone in
            (Self.codes.map(\.description) + ["other"]).map { responseFamily.with(zone, $0) }
        }
        let bounds = Histogram.exponentialBounds(from: 0.00005, factor: 2, count: 16)
        let durationFamily = registry.histograms(
            "coredns_dns_request_duration_seconds",
            help: "Time from a question to its answer.",
            labels: ["zone"],
            bounds: bounds
        )
        durations = zones.map { durationFamily.with($0) }
        cacheHits = registry.counter("coredns_cache_hits_total", help: "Questions answered from memory.")
        cacheMisses = registry.counter("coredns_cache_misses_total", help: "Questions that others had to be asked.")
        forwardRequests = registry.counters(
            "coredns_forward_requests_total",
            help: "Questions sent to other servers.",
            labels: ["to"]
        )
        forwardFailures = registry.counters(
            "coredns_forward_failures_total",
            help: "Questions that other servers did not answer.",
            labels: ["to"]
        )
        forwardDuration = registry.histogram(
            "coredns_forward_request_duration_seconds",
            help: "Time that other servers took.",
            bounds: bounds
        )
        refusedConnections = registry.counter(
            "trama_dns_refused_connections_total",
            help: "TCP connections closed because there were too many."
        )
    }

    func countRequest(_ zone: Zone, _ client: DNSClient, _ type: RecordType) {
        let typeIndex = Self.types.firstIndex(of: type) ?? Self.types.count
        let place = (zone.rawValue * 2 + (client.isStream ? 1 : 0)) * 2 + (client.isIPv6 ? 1 : 0)
        requests[place * (Self.types.count + 1) + typeIndex].increment()
    }

    func countResponse(_ zone: Zone, _ code: ResponseCode, took duration: Duration) {
        let codeIndex = Self.codes.firstIndex(of: code) ?? Self.codes.count
        responses[zone.rawValue * (Self.codes.count + 1) + codeIndex].increment()
        durations[zone.rawValue].observe(duration)
    }
}
