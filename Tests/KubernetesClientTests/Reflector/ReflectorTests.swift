import KubernetesAPI
import KubernetesClient
import KubernetesTesting
import Testing

@Suite("Reflector against a server", .timeLimit(.minutes(1)))
struct ReflectorTests {
    /// Runs a reflector against a server that gives the replies in order, and returns what it tells, one line each.
    private func follow(
        _ replies: [TestReply],
        until count: Int,
        time: ManualTime = ManualTime()
    ) async throws -> (told: [String], requests: [TestRequest]) {
        let certificates = try await TestCertificates.shared.value
        return try await TestServer.run(tls: certificates.serverTLS, replies: replies) { server in
            var configuration = ClientConfiguration(
                server: ServerAddress(host: "127.0.0.1", port: server.port),
                trust: ServerTrust(authorities: .inline(certificates.authority))
            )
            configuration.requestsPerSecond = 0
            let client = try KubernetesClient(configuration, time: time.timekeeper)
            let selection = Selection(labels: "!x", fields: "spec.clusterIP!=None")
            var told: [String] = []
            for await event in Reflector(Service.self, client: client, selection: selection, random: { 0 }) {
                told.append(text(event))
                if told.count == count { break }
            }
            await client.shutdown()
            return (told, server.requests)
        }
    }

    private func text(_ event: ReflectorEvent<Service>) -> String {
        switch event {
        case .replaced(let objects, _, let unreadable):
            (["="] + objects.map(\.metadata.name) + unreadable.map { "?\($0.name ?? "")" }).joined(separator: " ")
        case .changed(let object): "+\(object.metadata.name)"
        case .deleted(let namespace, let name): "-\(namespace ?? "")/\(name)"
        case .unreadable(let error): "?\(error.name ?? "")"
        case .interrupted(let error, _): "! \(error)"
        }
    }

    @Test("The captured streaming list is followed, byte by byte, with upstream's query")
    func streaming() async throws {
        let (told, requests) = try await follow([try Captured("watch-initial-events").slowReply], until: 1)
        #expect(told == ["= e headless kubernetes web"])
        #expect(
            requests.first?.query == [
                "allowWatchBookmarks": "true", "fieldSelector": "spec.clusterIP!=None", "labelSelector": "!x",
                "resourceVersionMatch": "NotOlderThan", "sendInitialEvents": "true", "timeoutSeconds": "300",
                "watch": "true",
            ]
        )
    }

    @Test("An old server is listed and then watched")
    func oldServer() async throws {
        let replies: [TestReply] = [
            .json(JSON.status(422, "Invalid", "sendInitialEvents is forbidden"), status: 422),
            .json(JSON.list(at: 10, JSON.service("a", at: 3), JSON.service("b", at: 4))),
            .watch(JSON.event("MODIFIED", "a", at: 11), JSON.event("DELETED", "b", at: 12)),
        ]
        let (told, requests) = try await follow(replies, until: 3)
        #expect(told == ["= a b", "+a", "-default/b"])
        #expect(requests.map { $0.query["resourceVersion"] } == [nil, "0", "10"])
        #expect(requests.map { $0.query["watch"] } == ["true", nil, "true"])
    }

    @Test("After 410, in the status or in the stream, the objects are listed again, so that no deletion is missed")
    func gone() async throws {
        let list = [JSON.event("ADDED", "a", at: 3), JSON.bookmark(at: 5, endsInitialEvents: true)]
        let other = [JSON.event("ADDED", "b", at: 8), JSON.bookmark(at: 9, endsInitialEvents: true)]
        let replies: [TestReply] = [
            .watch(list[0], list[1], then: nil),
            .json(JSON.status(410, "Expired", "too old resource version"), status: 410),
            .watch(other[0], other[1], JSON.error(410, "Expired", "too old resource version"), then: nil),
            .watch(list[0], list[1]),
        ]
        let time = ManualTime()
        let (told, _) = try await follow(replies, until: 5, time: time)
        #expect(
            told == [
                "= a", "! GET /api/v1/services: HTTP 410 (Expired): too old resource version", "= b",
                "! watch services: HTTP 410 (Expired): too old resource version", "= a",
            ]
        )
        #expect(time.sleeps == [.milliseconds(800), .milliseconds(1600)])
    }

    @Test("A watch that ends in the middle of an event goes on behind the last whole one", arguments: [true, false])
    func midEvent(cut: Bool) async throws {
        let whole = JSON.event("ADDED", "b", at: 6)
        let half = JSON.event("ADDED", "c", at: 7)
        let parts: [TestReply.Part] = [
            .text(JSON.bookmark(at: 5, endsInitialEvents: true) + "\n"),
            .text(whole + "\n" + half.prefix(40)),
        ]
        let replies: [TestReply] = [
            TestReply(parts: parts + (cut ? [.cut] : [])),
            .watch(half),
        ]
        let (told, requests) = try await follow(replies, until: 4)
        #expect(told.count == 4)
        #expect(told.first == "=")
        #expect(told.dropFirst().first == "+b")
        #expect(told.last == "+c")
        #expect(requests.last?.query["resourceVersion"] == "6")
    }

    @Test("A cancelled reflector ends, whatever it waits for")
    func cancelled() async throws {
        try await TestServer.run(replies: [TestReply(parts: [.hang])]) { server in
            let address = ServerAddress(isSecure: false, host: "127.0.0.1", port: server.port)
            let client = try KubernetesClient(ClientConfiguration(server: address))
            let ended = await withTaskGroup(of: Bool.self) { group in
                group.addTask {
                    for await _ in Reflector(Service.self, client: client) {}
                    return true
                }
                while server.requests.isEmpty { await Task.yield() }
                group.cancelAll()
                return await group.next()
            }
            #expect(ended == true)
            await client.shutdown()
        }
    }
}
