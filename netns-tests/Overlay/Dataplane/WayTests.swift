import Addressing
import Netlink
import OverlayCore
@testable import OverlayDataplane
import Testing

@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayWayTests {
    /// Joins two hosts by a pair of links that stand for a WireGuard device: what one puts in, the other takes out.
    private func addWireGuard(_ lab: OverlayLab, _ left: Int, _ right: Int) async throws {
        try await Host.join(lab[left].host, "trama.wg", lab[right].host, "trama.wg")
        for (number, far) in [(left, right), (right, left)] {
            let network = lab[number].host.network
            let device = try await lab[number].host.index(of: "trama.wg")
            let there = try await lab[far].host.network.link(named: "trama.wg")?.address
            // There are no link-layer addresses in WireGuard; here all are known.
            let bases = OverlayLab.prefixes(far).map(\.address)
            let pods = IPFamily.allCases.map { lab[far].podAddress($0) }
            for address in bases + pods + [OverlayLab.id(far).wireGuardAddress] {
                try await network.setNeighbour(
                    Neighbour(interface: device, address: address, linkLayerAddress: there)
                )
            }
            let own = OverlayLab.id(number).wireGuardAddress
            try await lab[number].host.addAddress("\(own)/128", to: "trama.wg")
        }
    }

    private func state(_ lab: OverlayLab, _ number: Int, to peer: Int, _ route: PeerRoute) -> OverlayState {
        var state = lab.state(number)
        state.node.wireGuardDevice = "trama.wg"
        state.peers[OverlayLab.id(peer)]?.route = route
        return state
    }

    @Test func `a change of ways loses no packet`() async throws {
        let lab = try await OverlayLab(2)
        try await addWireGuard(lab, 1, 2)
        let ways: [PeerRoute] = [.vxlan(mtu: 1450), .wireGuard(mtu: 1400)]
        for (here, there) in [(1, 2), (2, 1)] {
            #expect(try await lab[here].reconciler.apply(state(lab, here, to: there, ways[0])).problems == [])
        }
        try await lab.expectAllPings()
        // Both ways' neighbours are known before it counts.
        for way in [ways[1], ways[0]] {
            for (here, there) in [(1, 2), (2, 1)] {
                #expect(try await lab[here].reconciler.apply(state(lab, here, to: there, way)).problems == [])
            }
            try await lab.expectAllPings()
        }
        for family in IPFamily.allCases {
            let target = lab[2].podAddress(family).description
            async let output = lab[1].pod.run("ping", "-q", "-i", "0.005", "-c", "200", target)
            for step in 0..<20 {
                for (here, there) in [(1, 2), (2, 1)] {
                    let report = try await lab[here].reconciler.apply(state(lab, here, to: there, ways[step % 2]))
                    #expect(report.problems == [])
                }
                try await Task.sleep(for: .milliseconds(20))
            }
            let text = try await output
            #expect(text.contains(" 0% packet loss"), "\(family): \(text)")
        }
        let routes = try await lab[1].host.network.routes(family: .ipv4, origin: .trama)
        let route = routes.first { $0.destination == OverlayLab.prefixes(2)[0] }
        #expect(route?.mtu == 1400)
    }

    @Test func `routes to a device that is not there are refused, and made when it comes`() async throws {
        let lab = try await OverlayLab(2)
        for (here, there) in [(1, 2), (2, 1)] {
            let report = try await lab[here].reconciler.apply(state(lab, here, to: there, .wireGuard(mtu: 1400)))
            #expect(report.problems == [])
        }
        let listing = try await lab[1].host.run("ip", "route")
        #expect(listing.contains("unreachable 10.32.2.0/24 proto 77"))
        // Nor do bridged networks' frames go by the default route.
        let others = try await lab[1].host.run("ip", "-6", "route")
        #expect(others.contains("unreachable fd74:7261:6d61::/64 dev lo proto 77 metric 60001"))
        try await lab.watching {
            try await addWireGuard(lab, 1, 2)
            try await lab.expectAllPings()
            try await lab[1].host.run("ip", "link", "delete", "trama.wg")
            try await eventually("the route to be refused again") {
                try await lab[1].host.run("ip", "route").contains("unreachable 10.32.2.0/24 proto 77")
            }
        }
        #expect(lab[1].reconciler.counters.repairs.values.allSatisfy { $0 == 0 }, "\(lab[1].reconciler.counters)")
    }

    @Test func `a relay passes on what cannot go straight`() async throws {
        let lab = try await OverlayLab(3)
        // VXLAN between 1 and 3 does not get through.
        let rules = """
            table ip cut {
                chain one { type filter hook forward priority 0
                    udp dport 6784 ip saddr 10.0.1.2 ip daddr 10.0.3.2 drop
                    udp dport 6784 ip saddr 10.0.3.2 ip daddr 10.0.1.2 drop
                }
            }
            """
        try await lab.underlay.router.run("nft", "-f", "-", input: rules)
        _ = try await lab.applyAll()
        #expect(await !lab.pings(1, 3, .ipv4))
        for (here, there) in [(1, 3), (3, 1)] {
            var state = lab.state(here)
            state.peers[OverlayLab.id(there)]?.route = .relay(OverlayLab.id(2), over: .vxlan, mtu: 1450)
            let report = try await lab[here].reconciler.apply(state)
            #expect(report.problems == [])
            // One route of each family; nothing else changes.
            #expect(report.changes == 2)
        }
        try await lab.expectAllPings()
        try await eventually("a ping to be answered") { await lab.pings(1, 3, .ipv4, size: 1450 - 28) }
    }

    @Test(arguments: IPFamily.allCases)
    func `neighbours in one subnet need no tunnel`(family: IPFamily) async throws {
        let lab = try await OverlayLab(2, underlay: family)
        // A second link between the hosts, in one subnet.
        try await Host.join(lab[1].host, "lan", lab[2].host, "lan")
        let subnet = family == .ipv4 ? "192.0.2.%/24" : "2001:db8::%/64"
        func address(_ number: Int) -> String { String(subnet.flatMap { $0 == "%" ? "\(number)" : "\($0)" }) }
        for number in 1...2 {
            try await lab[number].host.addAddress(address(number), to: "lan")
            var state = lab.state(number)
            let other = 3 - number
            let endpoint = try #require(IPAddress(address(other).split(separator: "/")[0]))
            state.peers[OverlayLab.id(other)]?.record.endpoints = [endpoint]
            state.peers[OverlayLab.id(other)]?.route = .direct
            state.node.tunnelEndpoint = IPAddress(address(number).split(separator: "/")[0])
            #expect(try await lab[number].reconciler.apply(state).problems == [])
            let again = try await lab[number].reconciler.apply(state)
            #expect(again == OverlayReport())
        }
        try await lab.expectAllPings()
        let listing = try await lab[1].host.run("ip", family == .ipv4 ? "-4" : "-6", "route")
        #expect(listing.contains(family == .ipv4 ? "10.32.2.0/24 via 192.0.2.2 dev lan" : "via 2001:db8::2 dev lan"))
    }

    @Test func `the host's address changes and the device stays`() async throws {
        let lab = try await OverlayLab(2)
        _ = try await lab.applyAll()
        let index = try await lab[1].host.index(of: "trama.vxlan")
        try lab[1].host.sysctl("net/ipv4/conf/eth0/promote_secondaries", "1")
        try await lab[1].host.addAddress("10.0.1.9/24", to: "eth0")
        var here = lab.state(1)
        here.node.tunnelEndpoint = IPAddress("10.0.1.9")
        var there = lab.state(2)
        there.peers[OverlayLab.id(1)]?.record.endpoints = [.v4(0x0a00_0109)]
        #expect(try await lab[1].reconciler.apply(here).changes == 1)
        #expect(try await lab[2].reconciler.apply(there).problems == [])
        try await lab[1].host.run("ip", "addr", "del", "10.0.1.2/24", "dev", "eth0")
        try await lab.underlay.router.run("ip", "neigh", "flush", "all")
        try await lab[1].host.run("ip", "route", "replace", "default", "via", "10.0.1.1")
        try await lab.expectAllPings()
        #expect(try await lab[1].host.index(of: "trama.vxlan") == index)
    }

    @Test func `where encryption is required nothing leaves in plain text`() async throws {
        let lab = try await OverlayLab(2)
        for (here, there) in [(1, 2), (2, 1)] {
            // The path says VXLAN although it must not.
            var state = state(lab, here, to: there, .vxlan(mtu: 1450))
            if here == 1 { state.node.encryption = .require }
            state.peers[OverlayLab.id(1)]?.record.encryption = .require
            #expect(try await lab[here].reconciler.apply(state).problems == [])
        }
        let count = """
            table inet seen {
                chain one { type filter hook forward priority 0
                    udp dport 6784 counter
                    ip daddr 10.32.0.0/12 counter
                    ip6 daddr fd32::/48 counter
                }
            }
            """
        try await lab.underlay.router.run("nft", "-f", "-", input: count)
        for family in IPFamily.allCases {
            #expect(await !lab.pings(1, 2, family))
            #expect(await !lab.pings(2, 1, family))
            #expect(await !OverlayLab.pings(lab[1].host, lab[2].podAddress(family)))
        }
        // Nor with routes that somebody makes, while nobody watches.
        try await lab[1].host.run("ip", "route", "replace", "10.32.2.0/24", "via", "10.0.1.1")
        try await lab[1].host.run("ip", "-6", "route", "add", "fd32:0:0:2::5", "via", "fd00:1::1")
        for family in IPFamily.allCases {
            #expect(await !lab.pings(1, 2, family))
            #expect(await !OverlayLab.pings(lab[1].host, lab[2].podAddress(family)))
        }
        try await lab[1].host.run(
            "sh",
            "-ec",
            """
            ip route replace 10.32.2.0/24 via 10.32.2.0 dev trama.vxlan onlink
            ip -6 route replace fd32:0:0:2::5 via fe80::9 dev trama.vxlan onlink
            """
        )
        #expect(await !lab.pings(1, 2, .ipv4))
        let listing = try await lab.underlay.router.run("nft", "list", "table", "inet", "seen")
        #expect(listing.split(separator: "packets 0 bytes 0").count == 4, "\(listing)")
        #expect(try await lab[1].reconciler.drops().plaintext > 4)
        // Inside WireGuard it goes.
        try await addWireGuard(lab, 1, 2)
        for (here, there) in [(1, 2), (2, 1)] {
            var state = state(lab, here, to: there, .wireGuard(mtu: 1400))
            if here == 1 { state.node.encryption = .require }
            _ = try await lab[here].reconciler.apply(state)
        }
        try await lab[1].host.run("ip", "-6", "route", "del", "fd32:0:0:2::5")
        try await lab.expectAllPings()
        // From the host by a Service, too, whose address has another way than its pods.
        let service = """
            table ip service {
                chain one { type nat hook output priority -100
                    ip daddr 10.96.0.1 udp dport 53 dnat to 10.32.2.5:5000
                }
            }
            """
        try await lab[1].host.run("nft", "-f", "-", input: service)
        let server = try TestSocket(.udp, .ipv4, in: lab[2].pod.namespace)
        try server.bind(port: 5000)
        try server.setTimeout(.seconds(10))
        let client = try TestSocket(.udp, .ipv4, in: lab[1].host.namespace)
        try client.send("hello", to: SocketAddress(.v4(0x0a60_0001), 53))
        #expect(try server.receive().text == "hello")
        let later = try await lab.underlay.router.run("nft", "list", "table", "inet", "seen")
        #expect(later == listing)
    }
}
