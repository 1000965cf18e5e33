import Addressing
import Glibc
import Observability
import Synchronization
import ServiceRouting
import Testing

@testable import Proxy

@Suite(.timeLimit(.minutes(1))) struct HealthCheckServersTests {
    private let web = ObjectKey(namespace: "default", name: "web")
    private let api = ObjectKey(namespace: "default", name: "api")

    @Test("the answer is upstream's, byte for byte") func captured() {
        let state = HealthCheckState(web)
        state.localEndpointCount = 1
        #expect(
            state.response(isProxyHealthy: true)
                == StatusResponse(
                    status: 200,
                    headers: [
                        .init("Content-Type", "application/json"), .init("X-Content-Type-Options", "nosniff"),
                        .init("X-Load-Balancing-Endpoint-Weight", "1"),
                    ],
                    body: "{\n\t\"service\": {\n\t\t\"namespace\": \"default\",\n\t\t\"name\": \"web\"\n\t},\n"
                        + "\t\"localEndpoints\": 1,\n\t\"serviceProxyHealthy\": true\n}"
                )
        )
    }

    @Test("200 with endpoints and a healthy proxy, else 503", arguments: [(0, true), (1, false), (0, false)])
    func unavailable(endpoints: Int, isProxyHealthy: Bool) {
        let state = HealthCheckState(web)
        state.localEndpointCount = endpoints
        #expect(state.response(isProxyHealthy: isProxyHealthy).status == 503)
    }

    @Test("any path and method is answered, on every address of a Service from one state") func addresses() async throws
    {
        let isHealthy = Atomic<Bool>(true)
        let servers = HealthCheckServers { isHealthy.load(ordering: .relaxed) }
        let port = try freePort()
        let addresses = Set(["127.0.0.1", "127.0.0.2"].compactMap { IPAddress($0) })
        let failures = await servers.update(
            [web: .init(port: port, localReadyEndpointCount: 2)],
            binding: .addresses(addresses)
        )
        #expect(failures.isEmpty)
        #expect(try get("127.0.0.1", port, "POST /any?thing").hasPrefix("HTTP/1.1 200 OK\r\n"))
        await servers.update([web: .init(port: port, localReadyEndpointCount: 0)])
        #expect(try get("127.0.0.2", port, "GET /").hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
        await servers.update([web: .init(port: port, localReadyEndpointCount: 1)])
        #expect(try get("127.0.0.2", port, "GET /").contains("X-Load-Balancing-Endpoint-Weight: 1\r\n"))
        isHealthy.store(false, ordering: .relaxed)
        #expect(try get("127.0.0.1", port, "GET /").hasPrefix("HTTP/1.1 503 "))
        await servers.close()
    }

    @Test("both families are served where every address is") func everyAddress() async throws {
        let servers = HealthCheckServers { true }
        let port = try freePort()
        #expect(await servers.update([web: .init(port: port, localReadyEndpointCount: 1)]).isEmpty)
        let hosts = await servers.addresses(of: web).map(\.host)
        #expect(hosts.contains("0.0.0.0"))
        #expect(hosts == ["0.0.0.0"] || hosts == ["0.0.0.0", "::"])
        await servers.close()
    }

    @Test("a Service that goes, and an address that goes, free their ports") func closing() async throws {
        let servers = HealthCheckServers { true }
        let port = try freePort()
        let first = try #require(IPAddress("127.0.0.6"))
        let second = try #require(IPAddress("127.0.0.7"))
        await servers.update(
            [web: .init(port: port, localReadyEndpointCount: 1)],
            binding: .addresses([first, second])
        )
        #expect(await servers.addresses(of: web).map(\.host) == ["127.0.0.6", "127.0.0.7"])
        await servers.update(binding: .addresses([second]))
        #expect(await servers.addresses(of: web).map(\.host) == ["127.0.0.7"])
        #expect(throws: (any Error).self) { try get("127.0.0.6", port, "GET /") }
        await servers.update([web: nil])
        #expect(await servers.addresses(of: web).isEmpty)
        #expect(throws: (any Error).self) { try get("127.0.0.7", port, "GET /") }
    }

    @Test("a port passes from one Service to another in one update") func handOver() async throws {
        let servers = HealthCheckServers { true }
        let port = try freePort()
        let address = try #require(IPAddress("127.0.0.8"))
        await servers.update([web: .init(port: port, localReadyEndpointCount: 1)], binding: .addresses([address]))
        let failures = await servers.update([web: nil, api: .init(port: port, localReadyEndpointCount: 1)])
        #expect(failures.isEmpty)
        #expect(try get("127.0.0.8", port, "GET /").contains("\"name\": \"api\""))
        await servers.close()
    }

    @Test("a port in use is told, does not hinder the others, and is tried again") func retry() async throws {
        let servers = HealthCheckServers { true }
        let address = try #require(IPAddress("127.0.0.9"))
        let blocker = try await StatusServer.start(on: [ListenAddress(host: "127.0.0.9", port: 0)]) { _ in .notFound }
        let taken = UInt16(blocker.addresses[0].port)
        let free = try freePort()
        let failures = await servers.update(
            [
                web: .init(port: taken, localReadyEndpointCount: 1),
                api: .init(port: free, localReadyEndpointCount: 1),
            ],
            binding: .addresses([address])
        )
        #expect(failures.map(\.service) == [web])
        #expect(
            ProxyEvent.failedToStartServiceHealthcheck(nodeName: "n0", failures[0]).note.hasPrefix(
                "node n0 failed to start healthcheck \"default/web\" on port \(taken): cannot listen on "
                    + "127.0.0.9:\(taken): Address already in use"
            )
        )
        #expect(try get("127.0.0.9", free, "GET /").contains("\"name\": \"api\""))
        await blocker.close()
        #expect(await servers.update().isEmpty)
        #expect(try get("127.0.0.9", taken, "GET /").contains("\"name\": \"web\""))
        await servers.close()
    }

    @Test("updates that come together end in the state of the last") func concurrent() async throws {
        let servers = HealthCheckServers { true }
        let port = try freePort()
        let address = try #require(IPAddress("127.0.0.10"))
        await withTaskGroup { group in
            for count in 0..<20 {
                group.addTask { [web] in
                    await servers.update(
                        [web: count.isMultiple(of: 2) ? .init(port: port, localReadyEndpointCount: count) : nil],
                        binding: .addresses([address])
                    )
                }
            }
        }
        #expect(await servers.update([web: .init(port: port, localReadyEndpointCount: 7)]).isEmpty)
        #expect(try get("127.0.0.10", port, "GET /").contains("\"localEndpoints\": 7,"))
        await servers.close()
    }
}
