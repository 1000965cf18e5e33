import Addressing
import Netlink
import Testing

@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason), .timeLimit(.minutes(1)))
struct RouteMonitorTests {
    @Test func `a monitor yields each kind of change, also those made before it is iterated`() async throws {
        let host = try await Host.make("a")
        let monitor = try RouteMonitor(in: host.namespace)
        try await host.network.addLink(Link(name: "d0", kind: .other("ifb"), flags: .up))
        let index = try await host.index(of: "d0")
        let address = InterfaceAddress(interface: index, address: .v4(0x0a01_0001), prefixLength: 24)
        try await host.network.addAddress(address)
        let destination = try #require(IPPrefix("10.2.0.0/16"))
        try await host.network.addRoute(Route(to: destination, nextHops: [.init(gateway: .v4(0x0a01_0002))]))
        let hardware = try #require(LinkLayerAddress("02:00:00:00:00:09"))
        let neighbour = Neighbour(interface: index, address: .v4(0x0a01_0009), linkLayerAddress: hardware)
        try await host.network.setNeighbour(neighbour)
        try await host.network.deleteLink(index)

        var seen: Set<String> = []
        for try await event in monitor {
            switch event {
            case .changed(.link(let link)) where link.index == index: seen.insert("link")
            case .changed(.address(let changed)) where changed.address == address.address: seen.insert("address")
            case .changed(.route(let route)) where route.destination == destination: seen.insert("route")
            case .changed(.neighbour(neighbour)): seen.insert("neighbour")
            case .changed(.linkRemoved(let link)) where link.index == index: seen.insert("removed")
            default: break
            }
            if seen.contains("removed") { break }
        }
        #expect(seen == ["link", "address", "route", "neighbour", "removed"])
    }

    @Test func `a monitor that falls behind says so, then goes on`() async throws {
        let host = try await Host.make("a")
        let monitor = try RouteMonitor(.addresses, in: host.namespace, receiveBuffer: 4096)
        try await host.network.addLink(Link(name: "d0", kind: .other("ifb"), flags: .up))
        let index = try await host.index(of: "d0")
        let address = { InterfaceAddress(interface: index, address: .v4(0x0a00_0000 + $0), prefixLength: 32) }
        for number in 1...200 { try await host.network.addAddress(address(UInt32(number))) }
        var iterator = monitor.makeAsyncIterator()
        var event = try await iterator.next()
        while event != .overrun { event = try await iterator.next() }

        // Everything from before is dropped, so that this comes first.
        try await host.network.addAddress(address(1000))
        guard case .changed(.address(let changed)) = try await iterator.next() else {
            Issue.record("no address")
            return
        }
        #expect(changed.address == address(1000).address)
    }

    @Test func `cancelling its task ends a monitor's wait`() async throws {
        let host = try await Host.make("a")
        let monitor = try RouteMonitor(in: host.namespace)
        for _ in 0..<3 {
            let waiting = Task {
                var iterator = monitor.makeAsyncIterator()
                while let event = try await iterator.next() { _ = event }
                return true
            }
            await Task.yield()
            waiting.cancel()
            #expect(try await waiting.value)
        }
    }
}
