import JSON
import KubernetesAPI
import KubernetesClient
import KubernetesTesting
import Logging
import Testing

@testable import Node

@Suite(.timeLimit(.minutes(1))) struct NodeKeeperTests {
    private static func node(uid: String, version: Int) -> String {
        var node = TestNodes.facts.object(TestNodes.healthy, now: TestNodes.now)
        node[path: "metadata", "uid"] = .string(uid)
        node[path: "metadata", "resourceVersion"] = .string("\(version)")
        return String(decoding: node.json, as: UTF8.self)
    }

    private static let bookmark =
        #"{"type":"BOOKMARK","object":{"kind":"Node","apiVersion":"v1","metadata":{"resourceVersion":"3","#
        + #""annotations":{"k8s.io/initial-events-end":"true"}}}}"#

    @Test func `a Node that is deleted while its status is written is registered anew`() async throws {
        let (isWritten, isAnswered) = (Signal(), Signal())
        let handler: TestServer.Handler = { request in
            switch (request.method, request.path) {
            case ("GET", "/api/v1/nodes"):
                let present = #"{"type":"ADDED","object":\#(Self.node(uid: "u1", version: 2))}"#
                let deleted = #"{"type":"DELETED","object":\#(Self.node(uid: "u1", version: 5))}"#
                let parts: [TestReply.Part] = [
                    .text("\(present)\n\(Self.bookmark)\n"), .wait(isWritten), .text("\(deleted)\n"), .hang,
                ]
                return TestReply(parts: parts)
            case ("PATCH", "/api/v1/nodes/node-1/status"):
                isWritten.send()
                return TestReply(parts: [.wait(isAnswered), .text(Self.node(uid: "u1", version: 4))])
            case ("POST", "/api/v1/nodes"): return .json(Self.node(uid: "u2", version: 6), status: 201)
            default: return .json("{}")
            }
        }
        try await TestServer.run(handler: handler) { server in
            let address = ServerAddress(isSecure: false, host: "127.0.0.1", port: server.port)
            let client = try KubernetesClient(ClientConfiguration(server: address))
            let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            let keeper = NodeKeeper(
                client: client,
                facts: TestNodes.facts,
                health: TestNodes.healthy,
                storage: "/",
                findProblem: { nil },
                events: NodeEvents(client: client, nodeName: "node-1", logger: logger),
                logger: logger
            )
            await withTaskGroup(of: Void.self) { group in
                group.addTask { try? await keeper.run() }
                func until(_ isSo: () -> Bool) async {
                    while !isSo(), (try? await Task.sleep(for: .milliseconds(10))) != nil {}
                }
                await until { server.requests.contains { $0.method == "PATCH" } && keeper.uid == nil }
                isAnswered.send()
                await until { server.requests.contains { $0.method == "POST" && $0.path == "/api/v1/nodes" } }
                #expect(server.requests.contains { $0.method == "POST" && $0.path == "/api/v1/nodes" })
                group.cancelAll()
            }
            await client.shutdown()
        }
    }
}
