import KubernetesAPI
import KubernetesClient
import KubernetesTesting
import Testing

@Suite("Client", .timeLimit(.minutes(1)))
struct ClientTests {
    /// Runs a client against a server that gives the replies in order.
    private func withClient<R>(
        replies: [TestReply],
        time: ManualTime = ManualTime(),
        configure: (inout ClientConfiguration) -> Void = { _ in },
        _ body: (KubernetesClient, TestServer) async throws -> R
    ) async throws -> R {
        try await TestServer.run(replies: replies) { server in
            var configuration = ClientConfiguration(
                server: ServerAddress(isSecure: false, host: "127.0.0.1", port: server.port)
            )
            configure(&configuration)
            let client = try KubernetesClient(configuration, time: time.timekeeper)
            do {
                let result = try await body(client, server)
                await client.shutdown()
                return result
            } catch {
                await client.shutdown()
                throw error
            }
        }
    }

    @Test("A list asks for JSON, says who asks, and gives the objects with the version they are at")
    func list() async throws {
        let replies = [try Captured("services").reply]
        try await withClient(replies: replies, configure: { $0.userAgent = "trama/1.0" }) { client, server in
            let list = try await client.list(Service.self)
            #expect(list.items.map(\.metadata.name) == ["e", "headless", "kubernetes", "web"])
            #expect(!list.resourceVersion.isEmpty)
            let request = try #require(server.requests.first)
            #expect(request.path == "/api/v1/services")
            #expect(request.header("Accept") == ["application/json"])
            #expect(request.header("User-Agent") == ["trama/1.0"])
            #expect(request.header("Host") == ["127.0.0.1:\(server.port)"])
        }
    }

    @Test("Selectors, namespace, limit and continuation go into the request")
    func selection() async throws {
        try await withClient(replies: [try Captured("services-limit").reply]) { client, server in
            let selection = Selection(namespace: "a b", labels: "!x/y", fields: "spec.clusterIP!=None")
            let page = try await client.list(
                Service.self,
                selection,
                resourceVersion: "12",
                limit: 1,
                continuation: "c="
            )
            #expect(page.continuation?.hasPrefix("eyJ2Ijoi") == true)
            let request = try #require(server.requests.first)
            #expect(request.path == "/api/v1/namespaces/a%20b/services")
            #expect(
                request.query == [
                    "labelSelector": "!x/y", "fieldSelector": "spec.clusterIP!=None", "limit": "1", "continue": "c=",
                    "resourceVersion": "12",
                ]
            )
        }
    }

    @Test("A server behind a prefix is asked under it")
    func prefix() async throws {
        let configure = { (configuration: inout ClientConfiguration) in
            configuration.server.pathPrefix = "/k8s/clusters/c-1"
        }
        try await withClient(replies: [try Captured("node").reply], configure: configure) { client, server in
            let node = try await client.get(Node.self, name: "n0")
            #expect(node.metadata.name == "n0")
            #expect(server.requests.first?.path == "/k8s/clusters/c-1/api/v1/nodes/n0")
        }
    }

    @Test("An error answer carries the server's words, reason and causes")
    func apiError() async throws {
        try await withClient(replies: [try Captured("bad-selector").reply]) { client, _ in
            let error = try await #require(throws: ClientError.self) { try await client.list(Service.self) }
            #expect(
                error.description == "GET /api/v1/services: HTTP 400 (BadRequest): "
                    + "unable to parse requirement: found '=', expected: identifier"
            )
        }
    }

    @Test("An error answer that is no Status object is told as it is")
    func plainError() async throws {
        let reply = TestReply.json("upstream connect error", status: 503)
        try await withClient(replies: [reply]) { client, _ in
            let error = try await #require(throws: ClientError.self) { try await client.list(Service.self) }
            #expect(error.description == "GET /api/v1/services: HTTP 503: upstream connect error")
        }
    }

    @Test("A server that is too busy is asked again after the time it names")
    func retryAfter() async throws {
        let busy = TestReply.json("{}", status: 429, headers: [("Retry-After", "7")])
        let time = ManualTime()
        try await withClient(replies: [busy, busy, try Captured("services").reply], time: time) { client, server in
            let list = try await client.list(Service.self)
            #expect(list.items.count == 4)
            #expect(server.requests.count == 3)
            #expect(time.sleeps == [.seconds(7), .seconds(7)])
        }
    }

    @Test("Requests beyond the burst wait for their turn")
    func rate() async throws {
        let time = ManualTime()
        let reply = try Captured("node").reply
        let configure = { (configuration: inout ClientConfiguration) in
            configuration.requestsPerSecond = 2
            configuration.burst = 2
        }
        try await withClient(replies: [reply, reply, reply], time: time, configure: configure) { client, _ in
            for _ in 0..<3 { _ = try await client.get(Node.self, name: "n0") }
            #expect(time.sleeps == [.milliseconds(500)])
        }
    }

    @Test("An object is created by posting it to its collection")
    func create() async throws {
        try await withClient(replies: [.json("{}", status: 201)]) { client, server in
            let event = Event(
                regarding: ObjectReference(Node.resource, name: "n0"),
                time: Timestamp(seconds: 0),
                severity: .normal,
                reason: "Starting",
                action: "StartKubeProxy",
                note: "",
                reportingController: "kube-proxy",
                reportingInstance: "n0"
            )
            try await client.create(event)
            let request = try #require(server.requests.first)
            #expect(request.method == "POST")
            #expect(request.path == "/apis/events.k8s.io/v1/namespaces/default/events")
            #expect(request.header("Content-Type") == ["application/json"])
            #expect(request.body == String(decoding: event.json, as: UTF8.self))
        }
    }

    @Test("Nobody listening is an error that names the request, not a wait")
    func nobodyListens() async throws {
        let port = try await TestServer.run(replies: []) { $0.port }
        let server = ServerAddress(isSecure: false, host: "127.0.0.1", port: port)
        let client = try KubernetesClient(ClientConfiguration(server: server))
        let error = try await #require(throws: ClientError.self) { try await client.list(Service.self) }
        await client.shutdown()
        guard case .transport(let request, _) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(request == "GET /api/v1/services")
    }

    @Test("Impersonation is asked for in headers")
    func impersonation() async throws {
        let configure = { (configuration: inout ClientConfiguration) in
            configuration.impersonation = Impersonation(user: "jane", groups: ["a", "b"])
        }
        try await withClient(replies: [try Captured("node").reply], configure: configure) { client, server in
            _ = try await client.get(Node.self, name: "n0")
            #expect(server.requests.first?.header("Impersonate-User") == ["jane"])
            #expect(server.requests.first?.header("Impersonate-Group") == ["a", "b"])
        }
    }

    @Test("A server may have an IPv6 address")
    func ipv6() async throws {
        try await TestServer.run(host: "::1", replies: [try Captured("node").reply]) { server in
            let address = ServerAddress(isSecure: false, host: "::1", port: server.port)
            let client = try KubernetesClient(ClientConfiguration(server: address))
            let node = try await client.get(Node.self, name: "n0")
            #expect(node.metadata.name == "n0")
            #expect(server.requests.first?.header("Host") == ["[::1]:\(server.port)"])
            await client.shutdown()
        }
    }

    @Test("A proxy is asked for a tunnel, with the name and password it was given")
    func proxy() async throws {
        try await TestServer.run(replies: [TestReply(status: 403)]) { proxy in
            var configuration = ClientConfiguration(server: ServerAddress(host: "api.test", port: 6443))
            configuration.proxy = ProxyAddress("http://me:pass@127.0.0.1:\(proxy.port)")
            let client = try KubernetesClient(configuration)
            _ = await #expect(throws: ClientError.self) { try await client.get(Node.self, name: "n0") }
            #expect(proxy.requests.first?.method == "CONNECT")
            #expect(proxy.requests.first?.path == "api.test:6443")
            #expect(proxy.requests.first?.header("Proxy-Authorization") == ["Basic bWU6cGFzcw=="])
            await client.shutdown()
        }
    }

    @Test("A client that is dropped needs no shutdown")
    func dropped() async throws {
        try await TestServer.run(replies: [try Captured("node").reply]) { server in
            let address = ServerAddress(isSecure: false, host: "127.0.0.1", port: server.port)
            let client = try KubernetesClient(ClientConfiguration(server: address))
            _ = try await client.get(Node.self, name: "n0")
        }
    }

    // MARK: Watches

    private func events(_ stream: inout WatchStream<Service>) async throws -> [String] {
        var events: [String] = []
        while let element = try await stream.next() {
            switch element {
            case .event(.added(let object)): events.append("+\(object.metadata.name)")
            case .event(.modified(let object)): events.append("~\(object.metadata.name)")
            case .event(.deleted(let object)): events.append("-\(object.name)")
            case .event(.bookmark(let bookmark)): events.append("@\(bookmark.resourceVersion)")
            case .event(.error(let status)): events.append("!\(status.code)")
            case .unreadable: events.append("?")
            }
        }
        return events
    }

    @Test("A watch gives the captured events, one a line")
    func watch() async throws {
        try await withClient(replies: [try Captured("watch-initial-events").reply]) { client, server in
            var stream = try await client.watch(Service.self, from: .initialEvents, timeout: .seconds(300))
            #expect(try await events(&stream) == ["+e", "+headless", "+kubernetes", "+web", "@152"])
            #expect(
                server.requests.first?.query == [
                    "allowWatchBookmarks": "true", "resourceVersionMatch": "NotOlderThan", "sendInitialEvents": "true",
                    "timeoutSeconds": "300", "watch": "true",
                ]
            )
        }
    }

    @Test("Events that come byte by byte are the same events")
    func slowWatch() async throws {
        let captured = try Captured("watch-initial-events")
        let reply = TestReply(status: 200, headers: captured.headers, parts: [.bytewise(captured.body)])
        try await withClient(replies: [reply]) { client, _ in
            var stream = try await client.watch(Service.self, from: .initialEvents, timeout: .seconds(300))
            #expect(try await events(&stream) == ["+e", "+headless", "+kubernetes", "+web", "@152"])
        }
    }

    @Test("An event arrives as soon as its line is complete, not when more comes")
    func atOnce() async throws {
        let lines = try Captured("watch-initial-events").lines
        let go = Signal()
        let reply = TestReply(parts: [.text(lines[0] + "\n"), .wait(go), .text(lines[1] + "\n")])
        try await withClient(replies: [reply]) { client, _ in
            var stream = try await client.watch(Service.self, from: .resourceVersion("1"), timeout: .seconds(300))
            guard case .event(.added) = try await stream.next() else {
                Issue.record("no event")
                return
            }
            go.send()
            #expect(try await events(&stream) == ["+headless"])
        }
    }

    @Test("A watch that ends in the middle of an event fails, whether cut or closed", arguments: [true, false])
    func midEvent(cut: Bool) async throws {
        let lines = try Captured("watch-initial-events").lines
        let half = String(lines[1].prefix(100))
        let reply = TestReply(parts: [.text(lines[0] + "\n"), .text(half)] + (cut ? [.cut] : []))
        try await withClient(replies: [reply]) { client, _ in
            var stream = try await client.watch(Service.self, from: .resourceVersion("1"), timeout: .seconds(300))
            guard case .event(.added) = try await stream.next() else {
                Issue.record("no event")
                return
            }
            let error = await #expect(throws: ClientError.self) { _ = try await stream.next() }
            guard case .transport = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }
}
