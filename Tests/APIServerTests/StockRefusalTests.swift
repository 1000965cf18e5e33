import APISchema
import JSON
import KubernetesTesting
import NIOHTTP1
import Testing

/// How stock clients are told that something does not go.
@Suite(.timeLimit(.minutes(3)))
struct StockRefusalTests {
    private static let status = "io.k8s.apimachinery.pkg.apis.meta.v1.Status"
    private static let protobuf = StockRequests.Accept.protobufOrAny.header

    /// A client that tries a watch again tries one that was refused for ever, but gives up after such an event.
    @Test(arguments: TestStore.available)
    func `a watch from a state that was forgotten is told so by an event`(store: TestStore) async throws {
        try await store.with(try TemporaryFolder()) { store in
            try await TestAPIServer.run(over: store) { server in
                _ = try await server.request("POST", WatchTests.maps, WatchTests.map("a"))
            }
            // A server that has just begun remembers nothing of what was before.
            try await TestAPIServer.run(over: store) { try await Self.askForOldState($0) }
        }
    }

    private static func askForOldState(_ server: TestAPIServer) async throws {
        let path = "\(WatchTests.maps)?watch=true&resourceVersion=1&timeoutSeconds=20"
        let json = try await server.request("GET", path)
        #expect(json.status == 200)
        #expect(json.headers["content-type"] == ["application/json"])
        // As every other watch is sent: there are clients that read nothing else.
        #expect(json.headers["transfer-encoding"] == ["chunked"])
        #expect(json.json["type"] == "ERROR", "\(json.text)")
        #expect(json.json[path: "object", "kind"] == "Status")
        #expect(json.json[path: "object", "code"] == 410)
        #expect(json.json[path: "object", "reason"] == "Expired")
        let table = try await server.request("GET", path, accept: StockRequests.Accept.table.header)
        #expect(table.json == json.json)

        let binary = try await server.request("GET", path, accept: protobuf)
        #expect(binary.status == 200)
        #expect(binary.headers["content-type"] == ["application/vnd.kubernetes.protobuf;stream=watch"])
        var frames = ProtobufFrames()
        let events = try frames.append(binary.body, message: status)
        #expect(events.map(\.type) == ["ERROR"])
        #expect(events.first?.object["code"] == 410)
        #expect(events.first?.object["reason"] == "Expired")

        // What client-go asks then: all that there is, no older than what it knew.
        let all = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
        try await server.watch("\(path)&\(all)") { events in
            let first = try await events.next()
            #expect(first?["type"] == "ADDED")
            #expect(first?[path: "object", "metadata", "name"] == "a")
            #expect(try await events.next()?["type"] == "BOOKMARK")
        }
    }

    @Test(arguments: [
        ("/api/v1/nodes/nope", 404, "NotFound"), ("/api/v1/nodes?fieldSelector=a%3Db", 400, "BadRequest"),
        ("/api/v1/foos", 404, "NotFound"), ("/api/v1/nodes?watch=true&timeoutSeconds=x", 400, "BadRequest"),
    ])
    func `who asks for protobuf is refused in protobuf`(path: String, code: Int, reason: String) async throws {
        try await TestAPIServer.run { server in
            let answer = try await server.request("GET", path, accept: Self.protobuf)
            #expect(answer.status == code)
            #expect(answer.headers["content-type"] == ["application/vnd.kubernetes.protobuf"])
            let read = try ObjectDecoder(table: .standard).decode(protobuf: answer.body, message: Self.status)
            #expect(read.value["reason"]?.string == reason)
            #expect(read.value["code"]?.integer == code)
            let text = try await server.request("GET", path)
            #expect(text.status == code)
            #expect(text.json["message"] == read.value["message"])
        }
    }
}
