import Addressing
import Logging
import Observability
import Testing

@testable import Proxy

@Suite struct ProxyMetricsTests {
    /// `# HELP` and `# TYPE` lines of kube-proxy 1.36.2 in the nftables mode.
    static let captured = """
        # HELP kubeproxy_conntrack_reconciler_deleted_entries_total [ALPHA] Cumulative conntrack flows deleted by conntrack reconciler
        # TYPE kubeproxy_conntrack_reconciler_deleted_entries_total counter
        # HELP kubeproxy_conntrack_reconciler_sync_duration_seconds [ALPHA] ReconcileConntrackFlowsLatency latency in seconds
        # TYPE kubeproxy_conntrack_reconciler_sync_duration_seconds histogram
        # HELP kubeproxy_sync_full_proxy_rules_duration_seconds [ALPHA] SyncProxyRules latency in seconds for full resyncs
        # TYPE kubeproxy_sync_full_proxy_rules_duration_seconds histogram
        # HELP kubeproxy_sync_proxy_rules_duration_seconds [ALPHA] SyncProxyRules latency in seconds
        # TYPE kubeproxy_sync_proxy_rules_duration_seconds histogram
        # HELP kubeproxy_sync_proxy_rules_endpoint_changes_pending [ALPHA] Pending proxy rules Endpoint changes
        # TYPE kubeproxy_sync_proxy_rules_endpoint_changes_pending gauge
        # HELP kubeproxy_sync_proxy_rules_endpoint_changes_total [ALPHA] Cumulative proxy rules Endpoint changes
        # TYPE kubeproxy_sync_proxy_rules_endpoint_changes_total counter
        # HELP kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds [ALPHA] The last time a sync of proxy rules was queued
        # TYPE kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds gauge
        # HELP kubeproxy_sync_proxy_rules_last_timestamp_seconds [ALPHA] The last time proxy rules were successfully synced
        # TYPE kubeproxy_sync_proxy_rules_last_timestamp_seconds gauge
        # HELP kubeproxy_sync_proxy_rules_no_local_endpoints_total [ALPHA] Number of services with a Local traffic policy and no endpoints
        # TYPE kubeproxy_sync_proxy_rules_no_local_endpoints_total gauge
        # HELP kubeproxy_sync_proxy_rules_service_changes_pending [ALPHA] Pending proxy rules Service changes
        # TYPE kubeproxy_sync_proxy_rules_service_changes_pending gauge
        # HELP kubeproxy_sync_proxy_rules_service_changes_total [ALPHA] Cumulative proxy rules Service changes
        # TYPE kubeproxy_sync_proxy_rules_service_changes_total counter
        """

    private let registry = MetricsRegistry()

    @Test("upstream's metrics have its names, help and types") func upstream() {
        let metrics = ProxyMetrics(registry: registry)
        metrics.noLocalEndpoints(.external, .ipv4).set(1)
        let lines = Set(registry.exposition().split(separator: "\n"))
        for line in Self.captured.split(separator: "\n") { #expect(lines.contains(line), "\(line)") }
    }

    @Test("both families are there from the start, and labels are upstream's") func labels() {
        let metrics = ProxyMetrics(registry: registry)
        metrics.syncFailures[.ipv6].increment()
        metrics.noLocalEndpoints(.internal, .ipv6).set(3)
        let text = registry.exposition()
        for line in [
            "kubeproxy_sync_proxy_rules_nftables_sync_failures_total{ip_family=\"IPv4\"} 0\n",
            "kubeproxy_sync_proxy_rules_nftables_sync_failures_total{ip_family=\"IPv6\"} 1\n",
            "kubeproxy_sync_proxy_rules_no_local_endpoints_total{ip_family=\"IPv6\",traffic_policy=\"internal\"} 3\n",
            "kubeproxy_sync_proxy_rules_service_changes_total 0\n",
            "kubeproxy_sync_proxy_rules_duration_seconds_bucket{ip_family=\"IPv4\",le=\"0.001\"} 0\n",
            "kubeproxy_sync_proxy_rules_duration_seconds_bucket{ip_family=\"IPv4\",le=\"16.384\"} 0\n",
        ] {
            #expect(text.contains(line), "\(line)")
        }
    }

    @Test("buckets are upstream's") func buckets() {
        let metrics = ProxyMetrics(registry: registry)
        #expect(metrics.syncDuration[.ipv4].bounds.count == 15)
        let network = metrics.networkProgrammingDuration[.ipv4].bounds
        #expect(network.count == 2 + 59 + 12 + 7)
        #expect(Array(network.prefix(4)) == [0.25, 0.5, 1, 2])
        #expect(Array(network.suffix(8)) == [115, 120, 150, 180, 210, 240, 270, 300])
        #expect(network == network.sorted())
    }

    @Test("our own metrics begin with trama_") func names() {
        _ = ProxyMetrics(registry: registry)
        let names = registry.exposition().split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }
            .map { $0.split(separator: " ")[2] }
        #expect(names.allSatisfy { $0.hasPrefix("kubeproxy_") || $0.hasPrefix("trama_") })
    }

    @Test("the server has upstream's paths") func server() throws {
        var configuration = ProxyConfiguration()
        configuration.document.nftables.masqueradeBit = 7
        _ = ProxyMetrics(registry: registry)
        let routes = MetricsServer.routes(configuration, registry: registry)
        let answer = { (path: String) in routes.respond(to: StatusRequest(target: path)) }
        #expect(answer("/healthz") == .text("ok"))
        #expect(answer("/proxyMode") == .text("nftables"))
        #expect(answer("/metrics").body == registry.exposition())
        #expect(answer("/metrics").headers == [.init("Content-Type", "text/plain; version=0.0.4; charset=utf-8")])
        #expect(answer("/configz").body.hasPrefix("{\"kubeproxy.config.k8s.io\":{\"kind\":\"KubeProxyConfiguration\","))
        #expect(answer("/configz").body.contains("\"mode\":\"nftables\""))
        #expect(answer("/configz").body.contains("\"nftables\":{\"masqueradeBit\":7,"))
        #expect(answer("/debug/pprof/").status == 404)
    }

    @Test("servers are where the configuration says, or nowhere") func services() {
        var configuration = ProxyConfiguration()
        configuration.bindAddressHardFail = true
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let events = DiscardingEventRecorder()
        let make = { (configuration: ProxyConfiguration) in
            MetricsServer.makeService(configuration, registry: registry, events: events, nodeName: "n", logger: logger)
        }
        #expect(make(configuration)?.addresses == [ListenAddress(host: "127.0.0.1", port: 10_249)])
        #expect(make(configuration)?.failsHard == true)
        configuration.metricsAddress = nil
        #expect(make(configuration) == nil)
    }
}
