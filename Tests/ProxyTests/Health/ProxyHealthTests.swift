import Addressing
import Observability
import Testing

@testable import Proxy

@Suite struct ProxyHealthTests {
    /// A moment so many seconds after 2026-11-21T10:13:46Z.
    private func moment(_ seconds: Int64) -> Moment {
        Moment(
            wall: WallTime(nanosecondsSinceEpoch: (1_795_256_026 + seconds) * 1_000_000_000),
            monotonic: MonotonicTime(sinceBoot: .seconds(1_000 + seconds))
        )
    }

    @Test("the bodies and headers are upstream's, byte for byte") func captured() {
        var health = ProxyHealth(timeout: .seconds(60))
        health.updated(
            .ipv4,
            at: Moment(wall: WallTime(nanosecondsSinceEpoch: 1_795_256_021_404_211_229), monotonic: moment(0).monotonic)
        )
        health.updated(
            .ipv6,
            at: Moment(wall: WallTime(nanosecondsSinceEpoch: 1_795_256_021_452_162_147), monotonic: moment(0).monotonic)
        )
        let now = Moment(
            wall: WallTime(nanosecondsSinceEpoch: 1_795_256_026_605_003_430),
            monotonic: moment(5).monotonic
        )
        let headers: [StatusResponse.Header] = [
            .init("Content-Type", "application/json"), .init("X-Content-Type-Options", "nosniff"),
        ]
        let status =
            #""status":{"IPv4":{"lastUpdated":"2026-11-21T10:13:41.404211229Z","healthy":true},"#
            + #""IPv6":{"lastUpdated":"2026-11-21T10:13:41.452162147Z","healthy":true}}}"#
        let times = #"{"lastUpdated":"2026-11-21T10:13:46.60500343Z","currentTime":"2026-11-21T10:13:46.60500343Z","#
        #expect(
            health.response(to: .healthz, at: now)
                == StatusResponse(
                    status: 200,
                    headers: headers,
                    body: times + #""nodeEligible":true,"healthy":true,"# + status
                )
        )
        #expect(
            health.response(to: .livez, at: now)
                == StatusResponse(status: 200, headers: headers, body: times + #""healthy":true,"# + status)
        )
    }

    @Test("a family is unhealthy once its oldest update has waited for the timeout") func timeout() {
        var health = ProxyHealth(timeout: .seconds(60))
        #expect(health.isHealthy(at: moment(0)))
        health.updated(.ipv4, at: moment(0))
        health.updated(.ipv6, at: moment(0))
        #expect(health.isHealthy(at: moment(100_000)))
        health.queued(.ipv6, at: moment(100))
        health.queued(.ipv6, at: moment(150))
        #expect(health.isHealthy(at: moment(159)))
        #expect(!health.isHealthy(at: moment(160)))
        let response = health.response(to: .livez, at: moment(160))
        #expect(response.status == 503)
        // The true time of the last update is shown when something is wrong.
        #expect(
            response.body
                == #"{"lastUpdated":"2026-11-21T10:13:46Z","currentTime":"2026-11-21T10:16:26Z","healthy":false,"status":{"#
                + #""IPv4":{"lastUpdated":"2026-11-21T10:13:46Z","healthy":true},"#
                + #""IPv6":{"lastUpdated":"2026-11-21T10:13:46Z","healthy":false}}}"#
        )
        health.updated(.ipv6, at: moment(170))
        #expect(health.isHealthy(at: moment(100_000)))
    }

    @Test("an update of one family does not excuse the other") func families() {
        var health = ProxyHealth(timeout: .seconds(60))
        health.queued(.ipv4, at: moment(0))
        health.updated(.ipv6, at: moment(30))
        #expect(!health.isHealthy(at: moment(60)))
    }

    @Test("an ineligible node fails healthz, not livez, and counts as healthy") func eligibility() {
        var health = ProxyHealth(timeout: .seconds(60))
        health.updated(.ipv4, at: moment(0))
        health.isNodeEligible = false
        let healthz = health.response(to: .healthz, at: moment(1))
        #expect(healthz.status == 503)
        #expect(healthz.body.contains(#""nodeEligible":false,"healthy":true"#))
        #expect(healthz.body.hasPrefix(#"{"lastUpdated":"2026-11-21T10:13:46Z""#))
        #expect(health.response(to: .livez, at: moment(1)).status == 200)
    }

    @Test("before the first update there is no status, and Go's zero time when it never came") func beforeFirst() {
        var health = ProxyHealth(timeout: .seconds(60))
        #expect(health.response(to: .livez, at: moment(0)).body.hasSuffix(#""healthy":true,"status":{}}"#))
        health.queued(.ipv4, at: moment(0))
        #expect(
            health.response(to: .livez, at: moment(60)).body.hasPrefix(#"{"lastUpdated":"0001-01-01T00:00:00Z""#)
        )
    }

    @Test("the civil clock may be set without making the proxy unhealthy") func clockIsSet() {
        var health = ProxyHealth(timeout: .seconds(60))
        health.queued(.ipv4, at: moment(0))
        #expect(health.isHealthy(at: Moment(wall: moment(1_000_000).wall, monotonic: moment(1).monotonic)))
    }

    @Test(
        "a node is eligible if it is known, stays, and is not about to be removed",
        arguments: [
            (true, false, [], true), (false, false, [], false), (true, true, [], false),
            (true, false, ["ToBeDeletedByClusterAutoscaler"], false),
            (true, false, ["node.kubernetes.io/not-ready"], true),
        ] as [(Bool, Bool, [String], Bool)]
    )
    func nodeEligibility(isKnown: Bool, isBeingDeleted: Bool, taints: [String], isEligible: Bool) {
        #expect(
            NodeEligibility.isEligible(isKnown: isKnown, isBeingDeleted: isBeingDeleted, taintKeys: taints)
                == isEligible
        )
    }

    @Test("the server answers its two paths, counts the answers, and knows no other path") func server() {
        let registry = MetricsRegistry()
        let metrics = ProxyMetrics(registry: registry)
        let health = HealthState(timeout: .seconds(60))
        health.updated()
        health.setNodeEligible(false)
        let statuses = ["/healthz", "/livez", "/livez?verbose", "/", "/healthz/"].map {
            HealthServer.respond(to: StatusRequest(method: "POST", target: $0), health: health, metrics: metrics).status
        }
        #expect(statuses == [503, 200, 200, 404, 404])
        let text = registry.exposition()
        #expect(text.contains("kubeproxy_proxy_healthz_total{code=\"503\"} 1\n"))
        #expect(text.contains("kubeproxy_proxy_livez_total{code=\"200\"} 2\n"))
    }
}
