import SeededTesting
import JSON
import Testing

/// What watches tell, put together, is what a list shows: for random histories.
@Suite(.timeLimit(.minutes(3)))
struct WatchHistoryTests {
    private static let queries = [
        "", "&labelSelector=app%3Dx", "&labelSelector=!app", "&fieldSelector=metadata.name%3Dn3",
        "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true",
        "&resourceVersion=0",
    ]

    @Test(arguments: TestStore.available)
    func `every watcher's replay equals the list`(store: TestStore) async throws {
        var generator = SeededGenerator()
        try await TestAPIServer.run(on: store) { server in
            let maps = WatchTests.maps
            for name in 0..<4 { _ = try await server.request("POST", maps, WatchTests.map("n\(name)")) }
            try await withThrowingTaskGroup(of: (String, [String: JSONValue]).self) { group in
                for query in Self.queries {
                    group.addTask { (query, try await Self.replay(server, query)) }
                }
                for step in 0..<120 {
                    let name = "n\(Int.random(in: 0..<8, using: &generator))"
                    let labels: [JSONValue] = [["app": "x"], ["app": "y"], [:]]
                    let label = labels.randomElement(using: &generator) ?? [:]
                    let map = WatchTests.map(name, "\(step)", labels: label)
                    switch Int.random(in: 0..<4, using: &generator) {
                    case 0: _ = try await server.request("POST", maps, map)
                    case 1: _ = try await server.request("DELETE", "\(maps)/\(name)")
                    default: _ = try await server.request("PUT", "\(maps)/\(name)", map)
                    }
                }
                // A watch of one object is told of no other: it ends with the object's last state.
                _ = try await server.request("POST", maps, WatchTests.map("n3"))
                _ = try await server.request("PUT", "\(maps)/n3", WatchTests.map("n3", "the-end"))
                _ = try await server.request("POST", maps, WatchTests.map("the-end"))
                _ = try await server.request("POST", maps, WatchTests.map("the-end-x", labels: ["app": "x"]))
                for try await (query, seen) in group {
                    let selector = query.split(separator: "&").first { $0.contains("Selector=") }.map { "?\($0)" } ?? ""
                    let list = try await server.request("GET", maps + selector)
                    var wanted: [String: JSONValue] = [:]
                    for item in list.json["items"]?.array ?? [] {
                        wanted[item["metadata"]?["name"]?.string ?? ""] = item["data"]
                    }
                    #expect(seen == wanted, "\(generator) \(query)")
                }
            }
        }
    }

    /// What a watch leads to, up to the object that is made last.
    private static func replay(_ server: TestAPIServer, _ query: String) async throws -> [String: JSONValue] {
        var state: [String: JSONValue] = [:]
        try await server.watch("\(WatchTests.maps)?watch=true&timeoutSeconds=120\(query)") { events in
            while let event = try await events.next() {
                let name = event["object"]?["metadata"]?["name"]?.string ?? ""
                switch event["type"]?.string {
                case "ADDED", "MODIFIED": state[name] = event["object"]?["data"]
                case "DELETED": state[name] = nil
                default: continue
                }
                if state[name]?["x"] == "the-end", query.contains("fieldSelector") { return }
                if name == "the-end-x" { return }
                if name == "the-end", query.contains("!app") { return }
            }
        }
        return state
    }
}
