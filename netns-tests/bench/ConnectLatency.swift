import Addressing
import NFTables

/// How long a TCP connection takes through Services, through one plain DNAT rule and without NAT; all in turn, in blocks of
/// a few connections.
struct ConnectLatency {
    /// One way to connect.
    private struct Path {
        var title: String
        var topology: Topology
        /// Where clients connect to, in host order.
        var addresses: [UInt32]
        var port: UInt16
        var samples = Samples()
    }

    /// Numbers of Services.
    var sizes: [Int]
    var endpointCount: Int
    var connects: Int

    func run() async throws {
        var paths = [
            Path(
                title: "no NAT, no rules",
                topology: try Topology(),
                addresses: (0..<connects).map { Workload.endpointAddress($0 * 7919 % 100_000).ipv4Value },
                port: Workload.targetPort
            )
        ]
        let single = try Topology()
        // One rule for a whole prefix, so that clients can dial as many addresses as there are Services: what their own
        // sockets take depends on that.
        try single.load(
            """
            table ip single {
              chain prerouting {
                type nat hook prerouting priority dstnat;
                ip daddr \(Workload.clusterPrefix) tcp dport \(Workload.port) \
            dnat to \(Workload.endpointAddress(0)):\(Workload.targetPort)
              }
            }
            """
        )
        for size in sizes {
            // Spread over all Services.
            let addresses = (0..<connects).map { Workload.clusterIP($0 * 7919 % size).ipv4Value }
            let title = "one DNAT rule, \(size) address\(size == 1 ? "" : "es")"
            paths.append(Path(title: title, topology: single, addresses: addresses, port: Workload.port))
        }
        for size in sizes {
            let workload = Workload(serviceCount: size, endpointCount: endpointCount)
            let topology = try Topology()
            var core = Core(backend: try topology.connection())
            try await core.start(with: workload.changes)
            let addresses = (0..<connects).map { Workload.clusterIP($0 * 7919 % size).ipv4Value }
            let title = "\(size) Service\(size == 1 ? "" : "s")"
            paths.append(Path(title: title, topology: topology, addresses: addresses, port: Workload.port))
        }
        try await measure(&paths)

        Report.section("TCP connect, \(connects) of each, in microseconds", columns: ["p50", "p90", "p99"])
        for path in paths { Report.percentiles(path.title, path.samples) }
        for (rule, services) in zip(paths[1...], paths[(1 + sizes.count)...]) {
            let ratio = services.samples.median / rule.samples.median
            Report.check("\(services.title) / \(rule.title), p50", ratio, atMost: 1.1, unit: "x")
        }
    }

    private func measure(_ paths: inout [Path]) async throws {
        let acceptor = Acceptor(Array(Set(paths.map(\.topology.listener))))
        let measured = try await withThrowingTaskGroup(of: Void.self) { [paths] group in
            group.addTask { await acceptor.run() }
            defer { group.cancelAll() }
            var paths = paths
            let block = 20
            // The first round warms up neighbours and caches.
            for round in 0...(connects / block) {
                for index in paths.indices {
                    let path = paths[index]
                    let addresses = (0..<block).map { path.addresses[(round * block + $0) % path.addresses.count] }
                    var discarded = Samples()
                    if round == 0 {
                        try path.topology.connect(to: addresses, port: path.port, into: &discarded)
                    } else {
                        try path.topology.connect(to: addresses, port: path.port, into: &paths[index].samples)
                    }
                }
            }
            return paths
        }
        paths = measured
    }
}

extension IPAddress {
    /// An IPv4 address as a number; 0 for others.
    fileprivate var ipv4Value: UInt32 {
        if case .v4(let value) = self { value } else { 0 }
    }
}
