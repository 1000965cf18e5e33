import Addressing
import Testing

/// The HTTP servers of the proxy, asked from the node.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct StatusServerTests {
    /// In the order of upstream's answer, which kube-proxy 1.36.2 gave to a plain GET.
    private static let upstreamHeaders = ["Content-Type", "X-Content-Type-Options", "Date", "Content-Length"]

    @Test func `healthz and livez answer as upstream's do`() async throws {
        let bed = try await ProxyTestBed()
        try bed.folder.write("node.yaml", Manifest.node)
        try await bed.start()
        for (path, eligible) in [("/healthz", "\"nodeEligible\":true,"), ("/livez", "")] {
            let answer = try await bed.get(path, port: 10256)
            #expect(answer.status == 200)
            #expect(answer.headerNames.filter { $0 != "Connection" } == Self.upstreamHeaders)
            #expect(answer.headers.contains("Content-Type: application/json"))
            #expect(answer.headers.contains("X-Content-Type-Options: nosniff"))
            let time = "T"
            let expected = """
                {"lastUpdated":"\(time)","currentTime":"\(time)",\(eligible)"healthy":true,"status":{\
                "IPv4":{"lastUpdated":"\(time)","healthy":true},"IPv6":{"lastUpdated":"\(time)","healthy":true}}}
                """
            #expect(answer.body.withoutTimes == expected)
        }
        #expect(try await bed.get("/", port: 10256).status == 404)
        // From elsewhere too: load balancers ask it.
        let server = SocketAddress(.v4(0x0a00_0101), 10256)
        #expect(try await HTTPAnswer.get("/livez", from: server, on: bed.client).status == 200)
    }

    @Test func `healthz says that a node is to be removed; livez does not`() async throws {
        let bed = try await ProxyTestBed()
        try bed.folder.write("node.yaml", Manifest.node)
        try await bed.start()
        let taint = "spec:\n  taints:\n  - {key: ToBeDeletedByClusterAutoscaler, effect: NoSchedule}\n"
        try bed.folder.write("node.yaml", Manifest.node + taint)
        try await eventually("503") { try await bed.get("/healthz", port: 10256).status == 503 }
        let answer = try await bed.get("/healthz", port: 10256)
        #expect(answer.body.contains("\"nodeEligible\":false,\"healthy\":true"))
        #expect(try await bed.get("/livez", port: 10256).status == 200)
        try bed.folder.write("node.yaml", Manifest.node)
        try await eventually("200") { try await bed.get("/healthz", port: 10256).status == 200 }
        #expect(try await bed.metric("kubeproxy_proxy_healthz_total", "503") >= 2)
        #expect(try await bed.metric("kubeproxy_proxy_livez_total", "200") == 1)
    }

    @Test func `the metrics port answers upstream's paths`() async throws {
        let bed = try await ProxyTestBed()
        try await bed.start("--cluster-cidr", "10.0.2.0/23")
        let mode = try await bed.get("/proxyMode")
        #expect(mode.status == 200 && mode.body == "nftables")
        #expect(mode.headers.contains { $0.hasPrefix("Content-Type: text/plain") })
        let health = try await bed.get("/healthz")
        #expect(health.status == 200 && health.body == "ok")
        let configuration = try await bed.get("/configz")
        #expect(configuration.status == 200)
        #expect(configuration.headers.contains("Content-Type: application/json"))
        for part in [
            #"{"kubeproxy.config.k8s.io":{"#,
            #""apiVersion":"kubeproxy.config.k8s.io/v1alpha1""#,
            #""mode":"nftables""#,
            #""clusterCIDR":"10.0.2.0/23""#,
            #""hostnameOverride":"node-1""#,
        ] {
            #expect(configuration.body.contains(part))
        }
        #expect(try await bed.get("/nothing").status == 404)
        // It is for the node itself.
        let server = SocketAddress(.v4(0x0a00_0101), 10249)
        await #expect(throws: (any Error).self) { try await HTTPAnswer.get("/metrics", from: server, on: bed.client) }
    }

    @Test func `every metric that upstream has in nftables mode is there, and counts`() async throws {
        let bed = try await ProxyTestBed()
        try await bed.start()
        _ = try await bed.get("/healthz", port: 10256)
        _ = try await bed.get("/livez", port: 10256)
        try bed.folder.write("web.yaml", Manifest(clusterIP: "172.30.0.1", endpoints: [ProxyTestBed.one]).yaml)
        try await bed.expect(["one"], at: "172.30.0.1")
        let body = try await bed.get("/metrics").body
        let types = Set(body.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.map { $0.dropFirst(7) })
        for type in Self.upstreamMetrics { #expect(types.contains(Substring(type)), "\(type)") }
        #expect(try await bed.metric("kubeproxy_sync_proxy_rules_service_changes_total") == 1)
        #expect(try await bed.metric("kubeproxy_sync_proxy_rules_endpoint_changes_total") == 1)
        #expect(try await bed.metric("kubeproxy_sync_proxy_rules_service_changes_pending") == 0)
        #expect(try await bed.metric("kubeproxy_sync_full_proxy_rules_duration_seconds_count", "IPv4") == 1)
        #expect(try await bed.metric("kubeproxy_sync_partial_proxy_rules_duration_seconds_count", "IPv4") == 1)
        #expect(try await bed.metric("kubeproxy_sync_proxy_rules_last_timestamp_seconds", "IPv4") > 1_700_000_000)
        #expect(try await bed.metric("trama_elements", "IPv4") > 0)
    }

    /// Names and types of kube-proxy 1.36.2 (`/metrics`, nftables mode), and those that it registers but had not touched.
    private static let upstreamMetrics = [
        "kubeproxy_conntrack_reconciler_deleted_entries_total counter",
        "kubeproxy_conntrack_reconciler_sync_duration_seconds histogram",
        "kubeproxy_network_programming_duration_seconds histogram",
        "kubeproxy_proxy_healthz_total counter",
        "kubeproxy_proxy_livez_total counter",
        "kubeproxy_sync_full_proxy_rules_duration_seconds histogram",
        "kubeproxy_sync_partial_proxy_rules_duration_seconds histogram",
        "kubeproxy_sync_proxy_rules_duration_seconds histogram",
        "kubeproxy_sync_proxy_rules_endpoint_changes_pending gauge",
        "kubeproxy_sync_proxy_rules_endpoint_changes_total counter",
        "kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds gauge",
        "kubeproxy_sync_proxy_rules_last_timestamp_seconds gauge",
        "kubeproxy_sync_proxy_rules_nftables_cleanup_failures_total counter",
        "kubeproxy_sync_proxy_rules_nftables_sync_failures_total counter",
        "kubeproxy_sync_proxy_rules_no_local_endpoints_total gauge",
        "kubeproxy_sync_proxy_rules_service_changes_pending gauge",
        "kubeproxy_sync_proxy_rules_service_changes_total counter",
    ]
}

extension String {
    /// The text with `T` for each time in quotes.
    fileprivate var withoutTimes: String {
        split(separator: "\"", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("20") && $0.hasSuffix("Z") ? "T" : $0 }
            .joined(separator: "\"")
    }
}
