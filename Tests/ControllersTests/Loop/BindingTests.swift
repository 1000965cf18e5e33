import Controllers
import KubernetesAPI
import KubernetesClient
import KubernetesTesting
import Logging
import Synchronization
import Testing

/// The room on a node that a pod was given, while nobody knows for sure that the pod has it.
@Suite("Pods that are being bound", .timeLimit(.minutes(1)))
struct BindingTests {
    /// What the scheduler asks besides watches: `POST /a/binding`, `GET /a`, `PATCH /a/status`.
    private static func line(_ request: TestRequest) -> String? {
        let prefix = "/api/v1/namespaces/default/pods"
        guard request.path.hasPrefix(prefix), request.query["watch"] == nil else { return nil }
        return "\(request.method) \(request.path.dropFirst(prefix.count))"
    }

    private static func pod(_ name: String, version: Int, node: String? = nil, phase: String = "Pending") -> String {
        let place = node.map { #""nodeName":"\#($0)","# } ?? ""
        return #"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"\#(name)","namespace":"default","#
            + #""uid":"u-\#(name)","resourceVersion":"\#(version)"},"spec":{\#(place)"schedulerName":"default-scheduler","#
            + #""containers":[{"name":"c","resources":{"requests":{"cpu":"1"}}}]},"status":{"phase":"\#(phase)"}}"#
    }

    private static func event(_ type: String, _ object: String) -> String {
        #"{"type":"\#(type)","object":\#(object)}"#
    }

    private static let node =
        #"{"kind":"Node","apiVersion":"v1","metadata":{"name":"n","uid":"u-n","#
        + #""resourceVersion":"1"},"status":{"allocatable":{"cpu":"1","memory":"1Gi","pods":"10"}}}"#

    private static func bookmark(_ kind: String) -> String {
        event(
            "BOOKMARK",
            #"{"kind":"\#(kind)","apiVersion":"v1","metadata":{"resourceVersion":"5","annotations":"#
                + #"{"k8s.io/initial-events-end":"true"}}}"#
        )
    }

    /// Runs the scheduler for a node that has room for one pod, until what it asked is as it should be.
    ///
    /// - Parameters:
    ///   - pods: What the watch of pods tells after the pod `a` at version 2.
    ///   - answer: The answer to what else is asked, and what was asked before.
    /// - Returns: What else was asked.
    private func schedule(
        pods: [TestReply.Part],
        answer: @escaping @Sendable (_ line: String, _ before: [String]) -> TestReply,
        until isDone: ([String]) -> Bool
    ) async throws -> [String] {
        let lines = Mutex<[String]>([])
        let handler: TestServer.Handler = { request in
            if let line = Self.line(request) {
                let before = lines.withLock { lines in
                    defer { lines.append(line) }
                    return lines
                }
                return answer(line, before)
            }
            switch (request.path, request.query["watch"]) {
            case ("/api/v1/pods", _):
                let first = [Self.event("ADDED", Self.pod("a", version: 2)), Self.bookmark("Pod")]
                return TestReply(parts: first.map { .text($0 + "\n") } + pods + [.hang])
            case ("/api/v1/nodes", _): return .watch(Self.event("ADDED", Self.node), Self.bookmark("Node"))
            case ("/api/v1/namespaces", _): return .watch(Self.bookmark("Namespace"))
            default: return .json("{}", status: 201)
            }
        }
        return try await TestServer.run(handler: handler) { server in
            let address = ServerAddress(isSecure: false, host: "127.0.0.1", port: server.port)
            var configuration = ClientConfiguration(server: address)
            configuration.requestsPerSecond = 0
            let client = try KubernetesClient(configuration)
            let manager = ControllerManager(
                client: client,
                controllers: [SchedulerController()],
                following: SchedulerController.followedKinds,
                component: SchedulerController.component,
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            )
            let asked = await withTaskGroup(of: Void.self) { group in
                group.addTask { try? await manager.run() }
                var asked: [String] = []
                while !isDone(asked) {
                    guard (try? await Task.sleep(for: .milliseconds(10))) != nil else { break }
                    asked = server.requests.compactMap { Self.line($0) }
                }
                group.cancelAll()
                return asked
            }
            await client.shutdown()
            return asked
        }
    }

    @Test("An older change of a bound pod that the watch tells after the binding does not give its room away")
    func olderChange() async throws {
        let isBound = Signal()
        let other = Self.event("ADDED", Self.pod("b", version: 6))
        let asked = try await schedule(
            pods: [
                .wait(isBound), .text(Self.event("MODIFIED", Self.pod("a", version: 4)) + "\n"), .text(other + "\n"),
            ]
        ) { line, _ in
            if line == "POST /a/binding" { isBound.send() }
            return .json(line.hasPrefix("PATCH") ? Self.pod("b", version: 8) : #"{"kind":"Status"}"#, status: 201)
        } until: { asked in
            asked.contains { $0.contains("/b/") }
        }
        #expect(asked == ["POST /a/binding", "PATCH /b/status"])
    }

    @Test(
        "Where nobody can say whether a pod was bound its room is kept until the server says",
        arguments: [true, false]
    )
    func unknownOutcome(wasBound: Bool) async throws {
        let isAsked = Signal()
        let other = Self.event("ADDED", Self.pod("b", version: 6))
        let asked = try await schedule(pods: [.wait(isAsked), .text(other + "\n")]) { line, before in
            switch line {
            case "POST /a/binding" where before.isEmpty: return TestReply(parts: [.cut])
            case "GET /a" where !before.contains("PATCH /b/status"):
                isAsked.send()
                return .json(JSON.status(500, "InternalError", "later"), status: 500)
            case "GET /a": return .json(Self.pod("a", version: 7, node: wasBound ? "n" : nil))
            case "PATCH /b/status": return .json(Self.pod("b", version: 8))
            default: return .json(#"{"kind":"Status"}"#, status: 201)
            }
        } until: { asked in
            let last = wasBound ? asked.last == "GET /a" : asked.count { $0.hasSuffix("/binding") } > 1
            return asked.contains("POST /b/binding") || asked.contains("PATCH /b/status") && last
        }
        #expect(asked.prefix(2) == ["POST /a/binding", "GET /a"])
        #expect(asked.contains("PATCH /b/status"))
        if wasBound { #expect(!asked.dropFirst().contains { $0.hasSuffix("/binding") }) }
    }
}
