import Addressing
import Glibc
import KubernetesAPI
import KubernetesClient
import NFTables
import Netlink

/// How long it takes from a change in the API server until the kernel of every node has it.
struct ServiceChanges {
    let lab: BenchLab
    let count: Int

    private static let nodeCount = 3
    private static let name = "changing"
    private static let targetPort: UInt16 = 8080
    /// A change that takes longer is lost.
    private static let limit = Duration.seconds(20)
    /// Between two changes, so that none waits for the one before.
    private static let pause = Duration.milliseconds(100)

    func run() async throws {
        let nodes = try (1...Self.nodeCount).map { try NodeRules(lab.namespace(ofNode: $0)) }
        var (ports, endpoints) = (Changes(), Changes())
        try await lab.withClient { client in
            try await client.create(Service.resource, namespace: "default", body: Array(Self.service.utf8))
            try await client.create(EndpointSlice.resource, namespace: "default", body: Array(Self.slice.utf8))
            let service = try await client.get(Service.self, namespace: "default", name: Self.name)
            guard let address = service.clusterIPs.first.flatMap({ IPAddress($0) }) else {
                throw Program.Failure(command: "make a Service", status: 0, output: "it has no address")
            }
            // The first change finds everything there is to start with.
            let first = NodeRules.Mark.frontend(address, 80)
            _ = try await Self.time(until: first, on: nodes) {}
            for index in 1...max(count, 1) {
                let port = UInt16(1000 + index)
                ports.append(
                    try await Self.time(until: .frontend(address, port), on: nodes) {
                        try await client.mergePatch(
                            Service.resource,
                            namespace: "default",
                            name: Self.name,
                            body: Array(#"{"spec":{"ports":[\#(Self.port(port))]}}"#.utf8)
                        )
                    }
                )
                try await Task.sleep(for: Self.pause)
                let endpoint = IPAddress.v4(10 << 24 | 99 << 16 | UInt32(index))
                endpoints.append(
                    try await Self.time(until: .endpoint(endpoint, Self.targetPort), on: nodes) {
                        try await client.mergePatch(
                            EndpointSlice.resource,
                            namespace: "default",
                            name: Self.name,
                            body: Array(#"{"endpoints":[\#(Self.endpoint(endpoint))]}"#.utf8)
                        )
                    }
                )
                try await Task.sleep(for: Self.pause)
            }
        }
        Report.section(
            "Changes, \(max(count, 1)) of each kind: from the request to nftables, in milliseconds",
            columns: ["p50 ms", "p99 ms", "max ms"]
        )
        for (label, changes) in [("a Service's port", ports), ("an endpoint", endpoints)] {
            Report.row("\(label), the first of \(Self.nodeCount) nodes", changes.first.figures)
            Report.row("\(label), the last of \(Self.nodeCount) nodes", changes.last.figures)
            Report.check("\(label), all nodes, p99", changes.last.percentile(99), atMost: 100, digits: 1, unit: " ms")
        }
    }

    /// The times at the first and at the last node.
    private struct Changes {
        var first = Samples()
        var last = Samples()

        mutating func append(_ times: [Duration]) {
            guard let least = times.min(), let most = times.max() else { return }
            first.append(least)
            last.append(most)
        }
    }

    /// How long after a request each node's kernel has something.
    private static func time(
        until mark: NodeRules.Mark,
        on nodes: [NodeRules],
        _ request: () async throws -> Void
    ) async throws -> [Duration] {
        try await withThrowingTaskGroup(of: ContinuousClock.Instant.self) { group in
            for node in nodes { group.addTask { try await node.wait(for: mark) } }
            group.addTask {
                try await Task.sleep(for: limit)
                throw Program.Failure(command: "wait for \(mark)", status: ETIMEDOUT, output: "not within \(limit)")
            }
            let start = ContinuousClock.now
            try await request()
            var times: [Duration] = []
            while times.count < nodes.count, let time = try await group.next() { times.append(time - start) }
            group.cancelAll()
            return times
        }
    }

    // MARK: Objects

    private static let service = """
        {"apiVersion":"v1","kind":"Service","metadata":{"name":"\(name)"},"spec":{"ports":[\(port(80))]}}
        """
    private static let slice = """
        {"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","metadata":{"name":"\(name)","labels":\
        {"kubernetes.io/service-name":"\(name)"}},"addressType":"IPv4","ports":[{"name":"","protocol":"TCP","port":\
        \(targetPort)}],"endpoints":[\(endpoint(.v4(10 << 24 | 99 << 16)))]}
        """

    private static func port(_ port: UInt16) -> String {
        #"{"protocol":"TCP","port":\#(port),"targetPort":\#(targetPort)}"#
    }

    private static func endpoint(_ address: IPAddress) -> String {
        #"{"addresses":["\#(address)"],"conditions":{"ready":true}}"#
    }
}

/// The proxy's table of a node, looked at from outside.
private struct NodeRules: Sendable {
    private let connection: NFTablesConnection
    private let monitor: NFTablesMonitor

    private static let table = TableID(family: .ip, name: "trama")

    /// What a change leads to.
    enum Mark: Sendable {
        case frontend(IPAddress, UInt16)
        case endpoint(IPAddress, UInt16)
    }

    init(_ namespace: consuming NetworkNamespace) throws {
        connection = try NFTablesConnection(in: namespace)
        monitor = try NFTablesMonitor(in: namespace)
    }

    /// Waits until it is there, looking after each commit.
    func wait(for mark: Mark) async throws -> ContinuousClock.Instant {
        var commits = monitor.makeAsyncIterator()
        while try await !has(mark) {
            guard try await commits.next() != nil else { throw CancellationError() }
        }
        return .now
    }

    private func has(_ mark: Mark) async throws -> Bool {
        switch mark {
        case .frontend(let address, let port):
            var key = RegisterValue(address)
            key.append(TransportProtocol.tcp)
            key.append(networkOrder: port)
            return try await connection.elements(of: "frontends", in: Self.table)?.contains { $0.key == key } ?? false
        case .endpoint(let address, let port):
            var value = RegisterValue(address)
            value.append(networkOrder: port)
            let elements = try await connection.elements(of: "endpoints", in: Self.table)
            return elements?.contains { $0.value == .data(value) } ?? false
        }
    }
}

extension Samples {
    /// The middle one, the 99th of a hundred, the longest.
    fileprivate var figures: [String] { [median, percentile(99), maximum].map { $0.text(1) } }
}
