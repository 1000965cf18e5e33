import APIServer
import AsyncHTTPClient
import JSON
import KubernetesTesting
import NIOCore
import NIOHTTP1
import Testing

@Suite(.timeLimit(.minutes(3)))
struct WatchTests {
    static let maps = "/api/v1/namespaces/default/configmaps"

    static func map(_ name: String, _ value: String = "1", labels: JSONValue = [:]) -> JSONValue {
        [
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name), "labels": labels],
            "data": ["x": .string(value)],
        ]
    }

    @Test(arguments: TestStore.available)
    func `initial events end with a bookmark, then changes come`(store: TestStore) async throws {
        try await TestAPIServer.run(on: store) { server in
            _ = try await server.request("POST", Self.maps, Self.map("a"))
            let query = "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
            try await server.watch("\(Self.maps)?\(query)") { events in
                let first = try await events.next()
                #expect(first?["type"] == "ADDED")
                #expect(first?["object"]?["metadata"]?["name"] == "a")
                let bookmark = try await events.next()
                #expect(bookmark?["type"] == "BOOKMARK")
                let annotations = bookmark?["object"]?["metadata"]?["annotations"]
                #expect(annotations == ["k8s.io/initial-events-end": "true"])
                _ = try await server.request("POST", Self.maps, Self.map("b"))
                #expect(try await events.next()?["object"]?["metadata"]?["name"] == "b")
                _ = try await server.request("DELETE", "\(Self.maps)/a")
                let last = try await events.next()
                #expect(last?["type"] == "DELETED")
                #expect(last?["object"]?["metadata"]?["name"] == "a")
            }
        }
    }

    @Test(arguments: TestStore.available)
    func `an object that leaves the selection is deleted, and added when it comes back`(store: TestStore) async throws {
        try await TestAPIServer.run(on: store) { server in
            _ = try await server.request("POST", Self.maps, Self.map("a", labels: ["app": "x"]))
            let list = try await server.request("GET", Self.maps)
            let version = list.json["metadata"]?["resourceVersion"]?.string ?? ""
            let query = "watch=true&resourceVersion=\(version)&labelSelector=app%3Dx"
            try await server.watch("\(Self.maps)?\(query)") { events in
                for (label, type) in [("y", "DELETED"), ("x", "ADDED"), ("x", "MODIFIED")] {
                    var map = Self.map("a", "\(type)\(label)", labels: ["app": .string(label)])
                    map[path: "metadata", "annotations"] = ["t": .string(type)]
                    let answer = try await server.request("PUT", "\(Self.maps)/a", map)
                    #expect(answer.status == 200)
                    let event = try await events.next()
                    #expect(event?["type"]?.string == type)
                    let version = answer.json["metadata"]?["resourceVersion"]
                    #expect(event?["object"]?["metadata"]?["resourceVersion"] == version)
                    // One that left is told as it was when it was still selected.
                    let labels = event?["object"]?["metadata"]?["labels"]
                    #expect(labels == ["app": "x"])
                }
            }
        }
    }

    @Test(arguments: TestStore.available)
    func `a watch ends after the time that it was asked for`(store: TestStore) async throws {
        try await TestAPIServer.run(on: store) { server in
            try await server.watch("\(Self.maps)?watch=true&timeoutSeconds=1") { events in
                while let event = try await events.next() { #expect(event["type"] != "ERROR") }
            }
        }
    }

    @Test(arguments: TestStore.available)
    func `a revision that is yet to come is refused`(store: TestStore) async throws {
        try await TestAPIServer.run(on: store) { server in
            let answer = try await server.request("GET", "\(Self.maps)?watch=true&resourceVersion=99999999")
            #expect(answer.status == 504)
            #expect(answer.json["details"]?["causes"]?[0]?["reason"] == "ResourceVersionTooLarge")
        }
    }

    @Test(arguments: TestStore.available)
    func `a watch ends when its client goes`(store: TestStore) async throws {
        try await TestAPIServer.run(on: store) { server in
            let task = Task {
                try await server.watch("\(Self.maps)?watch=true") { events in
                    while try await events.next() != nil {}
                }
            }
            try await server.eventually { server.objects.watchCount == 1 }
            task.cancel()
            try await server.eventually { server.objects.watchCount == 0 }
        }
    }

    @Test(arguments: TestStore.available)
    func `watches end when the server stops`(store: TestStore) async throws {
        let ended = try await TestAPIServer.run(on: store) { server in
            let task = Task {
                try await server.watch("\(Self.maps)?watch=true") { events in
                    while try await events.next() != nil {}
                }
            }
            try await server.eventually { server.objects.watchCount == 1 }
            return task
        }
        _ = await ended.result
    }
}

extension TestAPIServer {
    /// The events of a watch.
    struct Events {
        fileprivate var iterator: AsyncThrowingStream<JSONValue, any Error>.Iterator

        mutating func next() async throws -> JSONValue? { try await iterator.next(isolation: #isolation) }
    }

    /// Reads a watch in JSON, one event a line.
    func watch(_ path: String, _ body: (inout Events) async throws -> Void) async throws {
        let response = try await open("GET", path)
        guard response.status == .ok else { throw TestFailure("\(path): \(response.status)") }
        let (stream, continuation) = AsyncThrowingStream<JSONValue, any Error>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    var rest: [UInt8] = []
                    for try await piece in response.body {
                        rest.append(contentsOf: piece.readableBytesView)
                        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                            continuation.yield(try JSONValue(json: Array(rest[..<end])))
                            rest.removeFirst(end + 1)
                        }
                    }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            var events = Events(iterator: stream.makeAsyncIterator())
            try await body(&events)
            group.cancelAll()
        }
    }

    /// Waits until something is true, for at most half a minute.
    func eventually(_ condition: () async throws -> Bool) async throws {
        for _ in 0..<600 {
            if try await condition() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw TestFailure("it did not become true")
    }
}
