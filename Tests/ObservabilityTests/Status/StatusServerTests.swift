import NIOCore
import NIOPosix
import Testing

@testable import Observability

@Suite(.timeLimit(.minutes(1))) struct StatusServerTests {
    private static func start(
        on address: ListenAddress = ListenAddress(host: "127.0.0.1", port: 0),
        _ change: (inout StatusServer.Limits) -> Void = { _ in }
    ) async throws -> StatusServer {
        var limits = StatusServer.Limits()
        change(&limits)
        return try await StatusServer.start(on: [address], limits: limits) { request in
            request.path == "/missing"
                ? .notFound : .json("{\"\(request.method)\":\"\(request.path)?\(request.query)\"}")
        }
    }

    @Test("an answer has status, headers in order, date, length and body") func answer() async throws {
        let server = try await Self.start()
        let answer = try await exchange(
            server.addresses[0],
            "GET /a?b=c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        let date = #/Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n/#
        #expect(
            answer.replacing(date, with: "") == """
                HTTP/1.1 200 OK\r
                Content-Type: application/json\r
                X-Content-Type-Options: nosniff\r
                Content-Length: 16\r
                Connection: close\r
                \r
                {"GET":"/a?b=c"}
                """
        )
        #expect(answer.contains(date))
        await server.close()
    }

    @Test("HEAD gets the headers alone") func head() async throws {
        let server = try await Self.start()
        let answer = try await exchange(server.addresses[0], "HEAD /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        #expect(answer.contains("Content-Length: 14\r\n"))
        #expect(answer.hasSuffix("\r\n\r\n"))
        await server.close()
    }

    @Test("one connection serves requests one after the other") func keepAlive() async throws {
        let server = try await Self.start()
        let request = "GET /missing HTTP/1.1\r\nHost: x\r\n\r\n"
        let last = "GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        let answer = try await exchange(server.addresses[0], request + request + last)
        #expect(answer.split(separator: "HTTP/1.1 404 Not Found\r\n", omittingEmptySubsequences: false).count == 3)
        #expect(answer.hasSuffix("/last?\"}"))
        await server.close()
    }

    @Test("what is not HTTP is refused and the connection closed") func garbage() async throws {
        let server = try await Self.start()
        let answer = try await exchange(server.addresses[0], "\u{16}\u{3}\u{1}garbage\r\n\r\n")
        #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 400 "))
        await server.close()
    }

    @Test("a request beyond the limit closes the connection") func tooLarge() async throws {
        let server = try await Self.start { $0.requestBytes = 1_024 }
        let header = String(repeating: "x", count: 2_000)
        let answer = try await exchange(server.addresses[0], "GET / HTTP/1.1\r\nX-Long: \(header)\r\n\r\n")
        #expect(answer.isEmpty)
        await server.close()
    }

    @Test("a client that does not end its request in time is closed") func slowRequest() async throws {
        let server = try await Self.start { $0.firstRequestTimeout = .milliseconds(50) }
        let answer = try await exchange(server.addresses[0], "GET / HTTP/1.1\r\nX-Slow: ")
        #expect(answer.isEmpty)
        await server.close()
    }

    @Test("an idle connection is closed") func idle() async throws {
        let server = try await Self.start { $0.requestTimeout = .milliseconds(50) }
        let answer = try await exchange(server.addresses[0], "GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(answer.hasSuffix("/a?\"}"))
        await server.close()
    }

    @Test("connections beyond the limit are closed, those before are served") func tooMany() async throws {
        let server = try await Self.start { $0.connections = 1 }
        let first = try await connect(server.addresses[0])
        try await first.channel.writeAndFlush(ByteBuffer(string: "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"))
        #expect(await first.received(until: "/a?\"}"))
        #expect(try await exchange(server.addresses[0], "GET /b HTTP/1.1\r\nHost: x\r\n\r\n").isEmpty)
        await server.close()
    }

    @Test("closing the server closes its connections and frees its port") func close() async throws {
        // An address of its own, where no other test takes the port that becomes free.
        let server = try await Self.start(on: ListenAddress(host: "127.0.0.2", port: 0))
        let client = try await connect(server.addresses[0])
        try await client.channel.writeAndFlush(ByteBuffer(string: "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"))
        #expect(await client.received(until: "/a?\"}"))
        await server.close()
        #expect(await client.received(until: nil))
        let again = try await Self.start(on: server.addresses[0])
        await again.close()
    }

    @Test("an address in use is named, with the remedy") func addressInUse() async throws {
        let server = try await Self.start()
        let address = server.addresses[0]
        let error = await #expect(throws: ListenError.self) { try await Self.start(on: address) }
        #expect(error?.address == address)
        #expect(
            error?.description
                == "cannot listen on \(address): Address already in use; another process has the port "
                + "(see `ss -ltnp 'sport = :\(address.port)'`): stop it or choose another"
        )
        await server.close()
    }

    @Test("an address of another machine is named") func foreignAddress() async {
        let address = ListenAddress(host: "203.0.113.1", port: 10_256)
        let error = await #expect(throws: ListenError.self) { try await Self.start(on: address) }
        #expect(error?.description.hasPrefix("cannot listen on 203.0.113.1:10256: Cannot assign") == true)
    }

    @Test("text that is no address is an error, not a trap") func badAddress() async {
        let address = ListenAddress(host: "localhost", port: 1)
        let error = await #expect(throws: ListenError.self) { try await Self.start(on: address) }
        #expect(error?.address == address)
    }

    @Test("where one address cannot be had, none is kept") func allOrNothing() async throws {
        let server = try await Self.start()
        let free = try await Self.start(on: ListenAddress(host: "127.0.0.3", port: 0))
        await free.close()
        await #expect(throws: ListenError.self) {
            try await StatusServer.start(on: [free.addresses[0], server.addresses[0]]) { _ in .notFound }
        }
        let again = try await Self.start(on: free.addresses[0])
        await again.close()
        await server.close()
    }

    @Test("[::] takes IPv4 too, as a server in Go does") func wildcards()
        async throws
    {
        let dual = try await Self.start(on: ListenAddress(host: "::", port: 0))
        let ipv4 = ListenAddress(host: "127.0.0.1", port: dual.addresses[0].port)
        #expect(try await exchange(ipv4, "GET /a HTTP/1.0\r\n\r\n").hasSuffix("/a?\"}"))
        await dual.close()
    }

    @Test("routes answer GET and HEAD, and say what else they do not know") func routes() {
        var routes = StatusRoutes()
        routes.get("/a") { _ in .text("a") }
        #expect(routes.respond(to: StatusRequest(target: "/a?x")).body == "a")
        #expect(routes.respond(to: StatusRequest(target: "/b")) == .notFound)
        #expect(routes.respond(to: StatusRequest(method: "POST", target: "/a")).status == 405)
    }
}
