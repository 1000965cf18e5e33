import Addressing
import Glibc
import Netlink
import Testing

@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct RouteBatchTests {
    /// A host with a link that is up, and 10.1.0.1/24 on it.
    private func host() async throws -> (Host, index: UInt32) {
        let host = try await Host.make("a")
        try await host.network.addLink(Link(name: "d0", kind: .other("ifb"), flags: .up))
        try await host.addAddress("10.1.0.1/24", to: "d0")
        return (host, try await host.index(of: "d0"))
    }

    private func route(_ number: Int, on index: UInt32) throws -> Route {
        let prefix = try #require(IPPrefix(.v4(0x0b00_0000 + UInt32(number) << 8), length: 24))
        return Route(to: prefix, origin: .trama, scope: .link, nextHops: [.init(interface: index)])
    }

    @Test func `thousands of changes are made, and each refusal is that of its request`() async throws {
        let (host, index) = try await host()
        let bad = Set([0, 255, 256, 1000, 2999])
        let requests = try (0..<3000).map { number in
            RouteRequest.addRoute(try route(number, on: bad.contains(number) ? 999 : index))
        }
        let outcomes = try await host.network.perform(requests)
        #expect(Set(outcomes.indices.filter { outcomes[$0] != nil }) == bad)
        #expect(outcomes[256]?.operation == "add route 11.1.0.0/24 to table 254")
        #expect(outcomes[256]?.errno == ENODEV)
        let listed = try await host.network.routes(family: .ipv4, origin: .trama)
        #expect(listed.count == 3000 - bad.count)
        #expect(listed.allSatisfy { $0.origin == .trama })
        let removals = listed.map { RouteRequest.removeRoute($0) }
        #expect(try await host.network.perform(removals).allSatisfy { $0 == nil })
        #expect(try await host.network.perform([]).isEmpty)
    }

    @Test func `what a request changed is queued when it is acknowledged`() async throws {
        let (host, index) = try await host()
        let queue = try RouteChangeQueue(in: host.namespace)
        let routes = try (0..<500).map { try route($0, on: index) }
        _ = try await host.network.perform(routes.map { .addRoute($0) })
        var told: [IPPrefix] = []
        let isWhole = try queue.drain { change in
            if case .route(let route) = change { told.append(route.destination) }
        }
        #expect(isWhole)
        #expect(told == routes.map(\.destination))
        #expect(try queue.drain { _ in Issue.record("told twice") })
    }

    @Test func `a queue that ran over says so once, and then tells what is new`() async throws {
        let (host, index) = try await host()
        let queue = try RouteChangeQueue(.routes, in: host.namespace, receiveBuffer: 16 << 10)
        let routes = try (0..<1000).map { try route($0, on: index) }
        _ = try await host.network.perform(routes.map { .addRoute($0) })
        #expect(try !queue.drain { _ in })
        try await host.network.removeRoute(routes[5])
        var removed: [IPPrefix] = []
        let isWhole = try queue.drain { change in
            if case .routeRemoved(let route) = change { removed.append(route.destination) }
        }
        #expect(isWhole)
        #expect(removed == [routes[5].destination])
    }

    @Test func `a tunnel's settings change while it is there`() async throws {
        let (host, _) = try await host()
        let tunnel = LinkKind.VXLAN(id: 7, local: .v4(0x0a01_0001), port: 6784, learning: false, dontFragment: .set)
        try await host.network.addLink(Link(name: "vx0", kind: .vxlan(tunnel), flags: .up))
        let index = try await host.index(of: "vx0")
        let change = LinkKind.VXLAN(id: 7, local: .v4(0x0a01_0009), learning: true, dontFragment: .unset)
        try await host.network.setLink(index, .init(alias: "ours", kind: .vxlan(change)))
        let link = try #require(try await host.network.link(named: "vx0"))
        guard case .vxlan(let present) = link.kind else {
            Issue.record("not a tunnel")
            return
        }
        #expect((present.local, present.learning) == (.v4(0x0a01_0009), true))
        #expect((present.dontFragment, present.port) == (.unset, 6784))
        #expect(link.alias == "ours")
        await #expect {
            try await host.network.setLink(index, .init(kind: .vxlan(.init(id: 7, port: 1))))
        } throws: {
            ($0 as? NetlinkError)?.message == "Cannot change port"
        }
    }
}
