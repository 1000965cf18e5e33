import JSON
import NIOHTTP1
import Testing

@testable import APIServer

/// How much of bodies is in memory at once.
@Suite(.timeLimit(.minutes(2))) struct BodyBudgetTests {
    @Test func `a user has a share, everybody together no more than all, and what is done gives back`() throws {
        let budget = BodyBudget(.init(total: 100, perUser: 40))
        var first: BodyShare? = budget.share(of: "a")
        try first?.take(30)
        try first?.take(10)
        #expect(throws: (any Error).self) { try budget.share(of: "a").take(1) }
        let second = budget.share(of: "b")
        try second.take(40)
        let free = budget.share(of: nil)
        try free.take(20)
        #expect(throws: (any Error).self) { try free.take(1) }
        #expect(throws: (any Error).self) { try budget.share(of: "c").take(1) }
        #expect(budget.taken == 100)
        first = nil
        #expect(budget.taken == 60)
        try budget.share(of: "a").take(40)
        #expect(budget.taken == 60)
    }

    @Test func `who sends too much at once is told to try again, and others are served`() async throws {
        try await TestAPIServer.run(bodyMemory: (total: 1 << 20, perUser: 10_000)) { server in
            func create(_ name: String, size: Int, by user: String) async throws -> TestAPIServer.Answer {
                var map = WatchTests.map(name)
                map["data"] = ["x": .string(String(repeating: "x", count: size))]
                return try await server.request("POST", WatchTests.maps, body: map.json, token: user)
            }
            let refused = try await create("a", size: 20_000, by: "user-a")
            #expect(refused.status == 429)
            #expect(refused.headers.first(name: "Retry-After") == "1")
            #expect(try await create("b", size: 20_000, by: "admin").status == 201)
            for name in ["c", "d", "e"] { #expect(try await create(name, size: 6_000, by: "user-a").status == 201) }
            #expect(server.server.budget.taken == 0)
        }
    }

    @Test func `one address has so many connections, and more are closed`() async throws {
        try await TestAPIServer.run(connectionsPerAddress: 2) { server in
            let watch = "\(WatchTests.maps)?watch=true"
            try await server.watch(watch) { _ in
                try await server.watch(watch) { _ in
                    await #expect(throws: (any Error).self) { _ = try await server.open("GET", watch) }
                    #expect(server.objects.watchCount == 2)
                }
            }
            try await server.eventually { (try? await server.open("GET", "/version")) != nil }
        }
    }
}
