import AsyncHTTPClient
import Glibc
import NIOCore
import NIOSSL
import Netlink
import Synchronization

/// The API server as clients see it: lists, writes, one change to many watchers, memory, starts.
struct APIServerBenchmark {
    /// The trama program.
    let program: String
    /// How many Services and slices are loaded; three times as many pods.
    let count: Int
    /// How many watchers a change goes to.
    let watcherCount: Int

    /// How many nodes renew their Leases, each every ten seconds.
    var nodeCount = 5_000
    /// For how long they do.
    var renewalTime = Duration.seconds(20)

    private static let port = 16_443
    private static let connections = 8

    func run() async throws {
        Report.section(
            "API server: \(count) Services, \(count) slices, \(count * 3) pods",
            columns: ["", "value", "aim"]
        )
        let folder = try Folder()
        try folder.write("tokens", "bench,bench,1,\"system:masters\"\n")
        var process = try start(folder)
        var client = try await APIBenchClient.ready(Self.port, folder)
        Report.check("start to ready, empty store", client.start.inSeconds, atMost: 1, unit: " s")
        try await write(client)
        try await load(client)
        for (name, accept, bound) in [
            ("list of all Services, JSON", "application/json", 80.0),
            ("list of all Services, protobuf", "application/vnd.kubernetes.protobuf", 60.0),
        ] {
            var samples = Samples()
            var size = 0
            for _ in 0..<9 {
                let begin = ContinuousClock.now
                size = try await client.send("GET", "/api/v1/services", accept: accept)
                samples.append(.now - begin)
            }
            Report.check("\(name), \((Double(size) / 1e6).text(1)) MB, median ms", samples.median, atMost: bound)
        }
        // Loaded and at rest: what the writes left free goes back to the kernel then.
        Report.value("resident MiB right after loading", Self.residentMebibytes(process).text(0))
        try await Task.sleep(for: .seconds(4))
        Report.check("resident MiB", Self.residentMebibytes(process), atMost: 300, digits: 0)
        try await watch(client)
        if nodeCount > 0 { try await LeaseRenewal(client: client, nodeCount: nodeCount, time: renewalTime).run() }
        try await client.shutdown()
        kill(process, SIGTERM)
        Program.wait(for: process)
        process = try start(folder)
        client = try await APIBenchClient.ready(Self.port, folder)
        Report.check("start to ready, full store", client.start.inSeconds, atMost: 3, unit: " s")
        Report.check("resident MiB after the start", Self.residentMebibytes(process), atMost: 300, digits: 0)
        try await client.shutdown()
        kill(process, SIGTERM)
        Program.wait(for: process)
    }

    private func start(_ folder: Folder) throws -> pid_t {
        let arguments = [
            program, "control-plane", "--folder", folder.path + "/state", "--bind-address", "127.0.0.1",
            "--secure-port", "\(Self.port)", "--token-auth-file", folder.path + "/tokens",
        ]
        return try Program.start(arguments, in: .current())
    }

    // MARK: Parts

    /// Small writes over several connections.
    private func write(_ client: APIBenchClient) async throws {
        let times = Shared<[Duration]>([])
        let total = 8_000
        let begin = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<Self.connections {
                group.addTask {
                    for index in 0..<total / Self.connections {
                        let before = ContinuousClock.now
                        try await client.send(
                            "POST",
                            "/api/v1/namespaces/default/configmaps",
                            APIBenchObjects.configMap("w\(worker)-\(index)")
                        )
                        times.withLock { $0.append(.now - before) }
                    }
                }
            }
            try await group.waitForAll()
        }
        let rate = Double(total) / (ContinuousClock.now - begin).inSeconds
        var samples = Samples()
        for time in times.withLock({ $0 }) { samples.append(time) }
        let verdict = rate >= 2_000 ? "met" : "MISSED"
        Report.row("small writes/s over \(Self.connections) connections", ["", rate.text(0), "≥ 2000", verdict])
        Report.row(
            "  one write: p50, p99 ms",
            ["", samples.percentile(50).text(2), samples.percentile(99).text(2)]
        )
    }

    private func load(_ client: APIBenchClient) async throws {
        let count = count
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<Self.connections {
                group.addTask {
                    for index in stride(from: worker, to: count, by: Self.connections) {
                        for (path, body) in APIBenchObjects.all(index) { try await client.send("POST", path, body) }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// How long until the last of all watchers knows of a change.
    private func watch(_ client: APIBenchClient) async throws {
        let arrivals = Shared<[String: [ContinuousClock.Instant]]>([:])
        let ready = Shared(0)
        let rounds = 5
        let watcherCount = watcherCount
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<watcherCount {
                group.addTask {
                    try await client.watch("/api/v1/namespaces/kube-public/configmaps?watch=true") { name in
                        if name == "ready" { ready.withLock { $0 += 1 } }
                        arrivals.withLock { $0[name, default: []].append(.now) }
                    }
                }
            }
            let path = "/api/v1/namespaces/kube-public/configmaps"
            // All watchers tell of it, be it as an initial event or as a change.
            try await client.send("POST", path, APIBenchObjects.configMap("ready"))
            while ready.withLock({ $0 }) < watcherCount { try await Task.sleep(for: .milliseconds(50)) }
            var percentiles = Samples()
            for round in 0..<rounds {
                try await Task.sleep(for: .milliseconds(300))
                let begin = ContinuousClock.now
                try await client.send("POST", path, APIBenchObjects.configMap("c\(round)"))
                while arrivals.withLock({ $0["c\(round)"]?.count ?? 0 }) < watcherCount {
                    try await Task.sleep(for: .milliseconds(20))
                }
                var samples = Samples()
                for arrival in arrivals.withLock({ $0["c\(round)"] ?? [] }) { samples.append(arrival - begin) }
                percentiles.append(.milliseconds(samples.percentile(99)))
            }
            Report.check("one change at \(watcherCount) watchers, p99 ms", percentiles.median, atMost: 40)
            group.cancelAll()
            while let result = await group.nextResult() { _ = result }
        }
    }

    private static func residentMebibytes(_ process: pid_t) -> Double {
        guard let text = try? Folder.read("/proc/\(process)/statm") else { return .nan }
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? .nan
        return pages * Double(sysconf(Int32(_SC_PAGESIZE))) / Double(1 << 20)
    }
}

/// A value that several tasks change.
final class Shared<Value: Sendable>: Sendable {
    private let value: Mutex<Value>

    init(_ value: Value) {
        self.value = Mutex(value)
    }

    func withLock<Result: Sendable>(_ body: (inout sending Value) -> Result) -> Result {
        value.withLock { body(&$0) }
    }
}

extension Duration {
    fileprivate var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}

/// The objects that are loaded.
enum APIBenchObjects {
    static func configMap(_ name: String) -> String {
        #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"\#(name)"},"data":{"key":"value"}}"#
    }

    static func all(_ index: Int) -> [(path: String, body: String)] {
        let labels = #"{"app":"app-\#(index)","team":"team-\#(index % 50)"}"#
        let service =
            #"{"apiVersion":"v1","kind":"Service","metadata":{"name":"service-\#(index)","labels":\#(labels)},"#
            + #""spec":{"selector":{"app":"app-\#(index)"},"ports":[{"name":"http","port":80,"targetPort":8080},"#
            + #"{"name":"metrics","port":9090,"targetPort":9090}]}}"#
        let ready = #""conditions":{"ready":true,"serving":true,"terminating":false}"#
        let endpoints = (0..<3).map { part in
            let address = "10.\(100 + part).\(index / 250 % 250).\(index % 250)"
            return #"{"addresses":["\#(address)"],\#(ready),"nodeName":"node-\#(index % 500)","zone":"z1"}"#
        }
        let slice =
            #"{"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","metadata":{"name":"service-\#(index)-abcde","#
            + #""labels":{"kubernetes.io/service-name":"service-\#(index)"}},"addressType":"IPv4","#
            + #""ports":[{"name":"http","port":8080,"protocol":"TCP"}],"endpoints":[\#(endpoints.joined(separator: ","))]}"#
        let pods = (0..<3).map { part in
            #"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"app-\#(index)-\#(part)","labels":\#(labels)},"#
                + #""spec":{"nodeName":"node-\#(index % 500)","containers":[{"name":"app","image":"registry/app:1","#
                + #""ports":[{"containerPort":8080}],"resources":{"requests":{"cpu":"100m","memory":"64Mi"}}}]}}"#
        }
        return [
            ("/api/v1/namespaces/default/services", service),
            ("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", slice),
        ] + pods.map { ("/api/v1/namespaces/default/pods", $0) }
    }
}
