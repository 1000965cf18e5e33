/// What nodes do all the time: each renews its Lease every ten seconds.
struct LeaseRenewal {
    let client: APIBenchClient
    let nodeCount: Int
    /// How long they are watched.
    let time: Duration

    private static let interval = Duration.seconds(10)
    private static let leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"

    private static func lease(_ node: Int, _ renewal: Int, version: String) -> String {
        #"{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"node-\#(node)","#
            + #""resourceVersion":"\#(version)"},"spec":{"holderIdentity":"node-\#(node)","leaseDurationSeconds":40,"#
            + #""renewTime":"2026-01-01T00:00:\#(10 + renewal % 50).\#(100_000 + node)Z"}}"#
    }

    func run() async throws {
        let times = Shared<[Duration]>([])
        let begin = ContinuousClock.now
        let (client, time) = (client, time)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for node in 0..<nodeCount {
                // Spread over the interval, as nodes that began at some time are.
                let offset = Self.interval * Double(node) / Double(nodeCount)
                group.addTask {
                    try await Task.sleep(until: begin + offset)
                    // A PUT creates a Lease that is not there.
                    let path = "\(Self.leases)/node-\(node)"
                    var version = try await client.version("PUT", path, Self.lease(node, 0, version: ""))
                    var (next, renewal) = (begin + offset + Self.interval, 1)
                    while next < begin + Self.interval + time {
                        try await Task.sleep(until: next)
                        let before = ContinuousClock.now
                        version = try await client.version("PUT", path, Self.lease(node, renewal, version: version))
                        times.withLock { $0.append(.now - before) }
                        next += Self.interval
                        renewal += 1
                    }
                }
            }
            try await group.waitForAll()
        }
        var samples = Samples()
        for time in times.withLock({ $0 }) { samples.append(time) }
        Report.check("\(nodeCount) nodes renewing Leases every 10 s, p99 ms", samples.percentile(99), atMost: 50)
        Report.row("  one renewal: p50 ms", ["", samples.percentile(50).text(2)])
    }
}
