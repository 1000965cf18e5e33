import KubernetesAPI
import KubernetesClient
import KubernetesTesting
import ObjectSources
import ServiceRouting
import Synchronization
import Testing

@Suite("Objects of an API server", .timeLimit(.minutes(1)))
struct APIServerSourceTests {
    private static let services = "/api/v1/services"
    private static let slices = "/apis/discovery.k8s.io/v1/endpointslices"
    private static let nodes = "/api/v1/nodes"
    private static let ranges = "/apis/networking.k8s.io/v1/servicecidrs"

    /// Runs a source against a server that refuses streaming lists, and answers lists and watches by their paths.
    private func follow(
        first: [String: TestReply] = [:],
        lists: [String: TestReply],
        watches: [String: TestReply] = [:],
        log: LogRecorder = LogRecorder(),
        _ body: (ObjectChangeQueue.AsyncIterator, TestServer) async throws -> Void
    ) async throws {
        let atFirst = Mutex(first)
        let handler: TestServer.Handler = { request in
            if request.query["sendInitialEvents"] != nil {
                return .json(JSON.status(422, "Invalid", "forbidden"), status: 422)
            }
            if request.query["watch"] != nil { return watches[request.path] ?? TestReply(parts: [.hang]) }
            if let reply = atFirst.withLock({ $0.removeValue(forKey: request.path) }) { return reply }
            return lists[request.path]
                ?? .json(JSON.status(404, "NotFound", "the server could not find it"), status: 404)
        }
        try await TestServer.run(handler: handler) { server in
            var configuration = ClientConfiguration(
                server: ServerAddress(isSecure: false, host: "127.0.0.1", port: server.port)
            )
            configuration.requestsPerSecond = 0
            let client = try KubernetesClient(configuration)
            let source = APIServerSource(client: client, nodeName: "n0", logger: log.logger)
            let queue = ObjectChangeQueue()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await source.run(into: queue) }
                try await body(queue.makeAsyncIterator(), server)
                group.cancelAll()
            }
            await client.shutdown()
        }
    }

    /// Everything that comes until all is synced.
    private func untilSynced(_ batches: ObjectChangeQueue.AsyncIterator) async -> [String] {
        var seen: [String] = []
        while let batch = await batches.next() {
            seen += batch.changes.map(text)
            if batch.isSynced { break }
        }
        return seen.sorted()
    }

    private func text(_ change: ObjectChange) -> String {
        switch change {
        case .service(let key, let service): "\(service == nil ? "-" : "+")service \(key)"
        case .endpointSlice(let key, let slice): "\(slice == nil ? "-" : "+")slice \(key)"
        case .node(let node): "\(node == nil ? "-" : "+")node"
        case .serviceCIDR(let name, let range): "\(range == nil ? "-" : "+")range \(name)"
        }
    }

    @Test("Each kind is asked for with upstream's selectors, and for nothing more")
    func selectors() async throws {
        let lists: [String: TestReply] = [
            Self.services: try Captured("services").reply,
            Self.slices: try Captured("endpointslices").reply,
            Self.nodes: .json(JSON.list(at: 5).replacing("ServiceList", with: "NodeList")),
            Self.ranges: try Captured("servicecidrs").reply,
        ]
        try await follow(lists: lists) { batches, server in
            var seen = await untilSynced(batches)
            while !seen.contains("+range kubernetes") { seen += await batches.next()?.changes.map(text) ?? [] }
            #expect(seen.filter { $0.hasPrefix("+service ") }.count == 4)
            #expect(seen.contains { $0.hasPrefix("+slice ") })
            let selectors = server.requests.reduce(into: [:]) { selectors, request in
                selectors[request.path] = [request.query["labelSelector"] ?? "", request.query["fieldSelector"] ?? ""]
            }
            #expect(
                selectors == [
                    Self.services: ["!service.kubernetes.io/service-proxy-name", "spec.clusterIP!=None"],
                    Self.slices: ["!service.kubernetes.io/headless", ""],
                    Self.nodes: ["", "metadata.name=n0"],
                    Self.ranges: ["", ""],
                ]
            )
        }
    }

    @Test("Synced means that Services and EndpointSlices are listed; the others may be missing")
    func synced() async throws {
        let go = Signal()
        let late = JSON.list(at: 7).replacing("ServiceList", with: "EndpointSliceList")
        let lists: [String: TestReply] = [
            Self.services: .json(JSON.list(at: 5, JSON.service("a", at: 3))),
            Self.slices: TestReply(parts: [.wait(go), .text(late)]),
        ]
        let log = LogRecorder()
        try await follow(lists: lists, log: log) { batches, _ in
            let first = try #require(await batches.next())
            #expect(first.changes.map(text) == ["+service default/a"])
            #expect(!first.isSynced)
            go.send()
            #expect(await batches.next()?.isSynced == true)
        }
        #expect(!log.all.contains { $0.contains("cannot follow servicecidrs") })
    }

    @Test("A server that cannot answer for a moment has refused nothing", arguments: [429, 500, 503])
    func outage(code: Int) async throws {
        let node = #"{"kind":"Node","apiVersion":"v1","metadata":{"name":"n0","resourceVersion":"4"},"spec":{}}"#
        let slices = JSON.list(at: 7).replacing("ServiceList", with: "EndpointSliceList")
        let nodes = JSON.list(at: 7, node).replacing("ServiceList", with: "NodeList")
        let lists: [String: TestReply] = [
            Self.services: .json(JSON.list(at: 5)), Self.slices: .json(slices), Self.nodes: .json(nodes),
        ]
        let first = [Self.nodes: TestReply.json(JSON.status(code, "Trouble", "for a moment"), status: code)]
        try await follow(first: first, lists: lists) { batches, _ in
            #expect(await untilSynced(batches) == ["+node"])
        }
    }

    @Test("Changes and deletions come through; what cannot be read is logged and leaves the last good state")
    func changes() async throws {
        let slices = JSON.list(at: 7).replacing("ServiceList", with: "EndpointSliceList")
        let lists: [String: TestReply] = [
            Self.services: .json(JSON.list(at: 5, JSON.service("a", at: 3), JSON.service("b", at: 4))),
            Self.slices: .json(slices),
        ]
        let watches: [String: TestReply] = [
            Self.services: .watch(
                #"{"type":"MODIFIED","object":\#(JSON.broken("a", at: 6))}"#,
                JSON.event("DELETED", "b", at: 7)
            )
        ]
        let log = LogRecorder()
        try await follow(lists: lists, watches: watches, log: log) { batches, _ in
            var seen = await untilSynced(batches)
            while !seen.contains("-service default/b") { seen += await batches.next()?.changes.map(text) ?? [] }
            #expect(!seen.contains("-service default/a"))
        }
        let complaint = try #require(log.all.first { $0.hasPrefix("error: ignoring a change of services") })
        #expect(complaint.contains("Service default/a: spec.ports"))
    }
}
