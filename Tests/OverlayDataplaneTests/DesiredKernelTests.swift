import Addressing
import Netlink
import OverlayCore
@testable import OverlayDataplane
import SeededTesting
import Testing

@Suite struct DesiredKernelTests {
    @Test func `a peer is a route for each prefix, a neighbour for each family and a forwarding entry`() {
        let kernel = DesiredKernel(Sample.state(peers: [2]))
        let ours = kernel.entries.filter { $0.value.owner == Sample.id(2) }.mapValues(\.object)
        let link = LinkLayerAddress(bytes: Sample.id(2).tunnelLinkAddress)
        let linkLocal = OverlayPlanner(Sample.state()).nextHop(of: Sample.record(2), .ipv6)
        let expected: [KernelKey: KernelObject] = [
            .forwarding(link: "trama.vxlan", link): .forwarding(Sample.address("192.0.2.2"), port: nil),
            .neighbour(link: "trama.vxlan", Sample.address("10.32.2.0")): .neighbour(link),
            .neighbour(link: "trama.vxlan", linkLocal ?? .v4(0)): .neighbour(link),
            .route(Sample.prefix("10.32.2.0/24"), metric: 0): .route(
                OverlayRoute(
                    way: .neighbour(Sample.address("10.32.2.0"), on: "trama.vxlan"),
                    source: Sample.address("10.32.1.0"),
                    mtu: 1450
                )
            ),
            .route(Sample.prefix("fd32:0:0:2::/64"), metric: 1024): .route(
                OverlayRoute(
                    way: .neighbour(linkLocal ?? .v4(0), on: "trama.vxlan"),
                    source: Sample.address("fd32:0:0:1::"),
                    mtu: 1450
                )
            ),
        ]
        #expect(ours == expected)
    }

    @Test func `an IPv6 next hop is the link-local address of the peer's link-layer address`() throws {
        let bytes = Sample.id(2).tunnelLinkAddress
        let hop = try #require(OverlayPlanner(Sample.state()).nextHop(of: Sample.record(2), .ipv6))
        #expect(hop.isLinkLocal)
        #expect(hop.networkBytes.suffix(8) == [0, bytes[1], bytes[2], 0xff, 0xfe, bytes[3], bytes[4], bytes[5]])
    }

    @Test func `each way is one route`() {
        func way(_ route: PeerRoute, _ change: (inout OverlayState) -> Void = { _ in }) -> OverlayRoute? {
            var state = Sample.state()
            state.peers[Sample.id(2)]?.route = route
            change(&state)
            return DesiredKernel(state).route("10.32.2.0/24")
        }
        let source = Sample.address("10.32.1.0")
        #expect(way(.direct) == OverlayRoute(way: .router(Sample.address("192.0.2.2")), source: source))
        #expect(way(.wireGuard(mtu: 1400)) == OverlayRoute(way: .link("trama.wg"), source: source, mtu: 1400))
        #expect(way(.unreachable) == OverlayRoute(way: .unreachable))
        let relay = OverlayRoute(
            way: .neighbour(Sample.address("10.32.3.0"), on: "trama.vxlan"),
            source: source,
            mtu: 1390
        )
        #expect(way(.relay(Sample.id(3), over: .vxlan, mtu: 1390)) == relay)
        #expect(way(.relay(Sample.id(3), over: .wireGuard, mtu: 1390))?.way == .link("trama.wg"))
        // A relay that is not there, a device that is not there, an endpoint of the other family.
        #expect(way(.relay(Sample.id(9), over: .vxlan, mtu: 1390))?.way == .unreachable)
        #expect(way(.wireGuard(mtu: 1400)) { $0.node.wireGuardDevice = nil }?.way == .unreachable)
        let other = way(.vxlan(mtu: 1450)) { $0.peers[Sample.id(2)]?.record.endpoints = [Sample.address("fd00::2")] }
        #expect(other?.way == .unreachable)
        #expect(way(.vxlan(mtu: 1450)) { $0.node.tunnelEndpoint = nil }?.way == .unreachable)
    }

    @Test func `an MTU is what the family and the device can have`() {
        var state = Sample.state()
        for (mtu, ipv4, ipv6) in [(UInt32(0), UInt32(68), UInt32(1280)), (1300, 1300, 1300), (.max, 1450, 1450)] {
            state.peers[Sample.id(2)]?.route = .vxlan(mtu: mtu)
            #expect(DesiredKernel(state).route("10.32.2.0/24")?.mtu == ipv4)
            #expect(DesiredKernel(state).route("fd32:0:0:2::/64")?.mtu == ipv6)
        }
        for mtu in [UInt32(0), 576, 1279] {
            let ways: [PeerRoute] = [
                .wireGuard(mtu: mtu), .relay(Sample.id(3), over: .vxlan, mtu: mtu),
                .relay(Sample.id(3), over: .wireGuard, mtu: mtu),
            ]
            for way in ways {
                state.peers[Sample.id(2)]?.route = way
                #expect(DesiredKernel(state).route("10.32.2.0/24")?.mtu == max(mtu, 68), "\(way)")
                #expect(DesiredKernel(state).route("fd32:0:0:2::/64")?.mtu == 1280, "\(way)")
            }
        }
        state.node.underlayMTU = 0
        guard case .link(let link)? = DesiredKernel(state).entries[.link("trama.vxlan")]?.object else {
            Issue.record("no device")
            return
        }
        #expect(link.mtu == 1280)
    }

    @Test func `nothing goes in plain text where either side requires encryption`() {
        for isOurs in [true, false] {
            var state = Sample.state()
            if isOurs { state.node.encryption = .require }
            if !isOurs { state.peers[Sample.id(2)]?.record.encryption = .require }
            let ways: [PeerRoute] = [
                .vxlan(mtu: 1450), .direct, .relay(Sample.id(3), over: .vxlan, mtu: 1400),
            ]
            for way in ways {
                state.peers[Sample.id(2)]?.route = way
                #expect(DesiredKernel(state).route("10.32.2.0/24") == OverlayRoute(way: .unreachable), "\(way)")
            }
        }
        // Nor by a relay that wants nothing in plain text.
        var state = Sample.state()
        state.peers[Sample.id(3)]?.record.encryption = .require
        state.peers[Sample.id(2)]?.route = .relay(Sample.id(3), over: .vxlan, mtu: 1400)
        #expect(DesiredKernel(state).route("10.32.2.0/24") == OverlayRoute(way: .unreachable))
    }

    @Test func `exposed addresses are the host's own`() {
        var state = Sample.state()
        let exposed = ["10.32.1.77", "fd32:0:0:1::77"].map(Sample.address)
        let keys = exposed.map { KernelKey.address(link: "trama.vxlan", $0, length: $0.family.bitCount) }
        var kernel = DesiredKernel(state)
        state.node.exposedAddresses = exposed
        #expect(kernel.update(to: state).isSuperset(of: keys))
        for key in keys { #expect(kernel.entries[key]?.object == .address) }
        // What the host sends still has the source that it had.
        #expect(kernel.route("10.32.2.0/24")?.source == Sample.address("10.32.1.0"))
        state.node.exposedAddresses = []
        #expect(kernel.update(to: state).isSuperset(of: keys))
        for key in keys { #expect(kernel.entries[key] == nil) }
    }

    @Test func `what no ordinary route takes goes nowhere`() {
        let kernel = DesiredKernel(Sample.state())
        #expect(kernel.route("10.32.0.0/12", metric: 60_001)?.way == .unreachable)
        #expect(kernel.route("fd32::/48", metric: 60_001)?.way == .unreachable)
        #expect(kernel.route("10.32.1.0/24", metric: 60_000)?.way == .blackhole)
        #expect(kernel.route("fd32:0:0:1::/64", metric: 60_000)?.way == .unreachable)
        #expect(kernel.route("fd74:7261:6d61::/64", metric: 60_001)?.way == .unreachable)
        // Also where the device that it was for is not wanted any more.
        var state = Sample.state()
        state.node.wireGuardDevice = nil
        #expect(DesiredKernel(state).route("fd74:7261:6d61::/64", metric: 60_001) == nil)
        state.node.encryption = .require
        #expect(DesiredKernel(state).route("fd74:7261:6d61::/64", metric: 60_001)?.way == .unreachable)
    }

    @Test(
        arguments: [
            ("0.0.0.0/0", "everything is no peer's"), ("10.99.0.0/24", "outside of the cluster's ranges"),
            ("10.32.1.0/25", "overlaps our own prefix"), ("10.32.0.0/16", "overlaps our own prefix"),
        ]
    )
    func `a prefix that cannot be a peer's is not routed to it, and told`(prefix: String, reason: String) {
        var state = Sample.state()
        state.peers[Sample.id(2)]?.record.prefixes = [Sample.prefix(prefix), Sample.prefix("10.32.2.0/24")]
        let kernel = DesiredKernel(state)
        #expect(kernel.route(prefix) == nil)
        #expect(kernel.route("10.32.2.0/24") != nil)
        #expect(kernel.problems.map(\.object) == ["prefix \(prefix) of peer h2"])
        #expect(kernel.problems.first?.reason.hasPrefix(reason) == true)
        state.peers[Sample.id(2)] = nil
        var changed = kernel
        _ = changed.update(to: state)
        #expect(changed.problems.isEmpty)
    }

    @Test func `of two peers with one prefix the one with the lower identity has it, on every host`() {
        var state = Sample.state(peers: [2, 3])
        state.peers[Sample.id(2)]?.record.prefixes = Sample.prefixes(7)
        state.peers[Sample.id(3)]?.record.prefixes = Sample.prefixes(7)
        let key = KernelKey.route(Sample.prefix("10.32.7.0/24"), metric: 0)
        var kernel = DesiredKernel(state)
        #expect(kernel.entries[key]?.owner == Sample.id(2))
        let without = state.peers.removeValue(forKey: Sample.id(2))
        #expect(kernel.update(to: state).contains(key))
        #expect(kernel.entries[key]?.owner == Sample.id(3))
        state.peers[Sample.id(2)] = without
        #expect(kernel.update(to: state).contains(key))
        #expect(kernel.entries[key]?.owner == Sample.id(2))
    }

    @Test func `a change of one peer touches only its objects`() {
        var state = Sample.state(peers: Array(2...200))
        var kernel = DesiredKernel(state)
        #expect(kernel.update(to: state).isEmpty)
        state.peers[Sample.id(77)]?.route = .wireGuard(mtu: 1400)
        let routes = Sample.prefixes(77).map { KernelKey.route($0, metric: OverlayRoute.metric($0.family)) }
        #expect(kernel.update(to: state) == Set(routes))
        // What a relay has matters to those whom it passes on.
        state.peers[Sample.id(78)]?.route = .relay(Sample.id(77), over: .vxlan, mtu: 1400)
        _ = kernel.update(to: state)
        state.peers[Sample.id(77)]?.record.prefixes = [Sample.prefix("10.32.201.0/24")]
        let changed = kernel.update(to: state)
        #expect(changed.contains(.route(Sample.prefix("10.32.78.0/24"), metric: 0)))
        #expect(!changed.contains(.route(Sample.prefix("10.32.79.0/24"), metric: 0)))
    }

    @Test func `whatever the history, the objects are those of the last state`() {
        for seed in (0..<30).map({ SeededGenerator.seed() &+ $0 }) {
            var random = SeededGenerator(seed: seed)
            var kernel = DesiredKernel()
            for _ in 0..<20 {
                let state = Self.state(&random)
                let before = kernel
                let changed = kernel.update(to: state)
                let fresh = DesiredKernel(state)
                #expect(kernel.entries == fresh.entries, "TRAMA_SEED=\(seed)")
                #expect(kernel.links == fresh.links, "TRAMA_SEED=\(seed)")
                #expect(kernel.problems == fresh.problems, "TRAMA_SEED=\(seed)")
                let keys = Set(kernel.entries.keys).union(before.entries.keys)
                let different = keys.filter { kernel.entries[$0]?.object != before.entries[$0]?.object }
                #expect(different.isSubset(of: changed), "TRAMA_SEED=\(seed)")
            }
        }
    }

    private static func state(_ random: inout SeededGenerator) -> OverlayState {
        var state = Sample.state(peers: [])
        for number in random.some(Array(2...8)) {
            let ways: [PeerRoute] = [
                .vxlan(mtu: 1450), .wireGuard(mtu: 1400), .direct, .unreachable,
                .relay(Sample.id(random.pick([2, 3])), over: random.pick([.vxlan, .wireGuard]), mtu: 1380),
            ]
            var peer = Sample.peer(number, random.pick(ways))
            if random.chance(30) { peer.record.prefixes = Sample.prefixes(random.pick([2, 3, 9])) }
            if random.chance(10) { peer.record.endpoints = [] }
            if random.chance(10) { peer.record.encryption = .require }
            if random.chance(5) { peer.record.isRemoved = true }
            state.peers[peer.record.id] = peer
        }
        if random.chance(20) { state.node.encryption = .require }
        if random.chance(20) { state.node.tunnelEndpoint = random.pick([nil, Sample.address("192.0.2.99")]) }
        if random.chance(20) { state.node.prefixes = Sample.prefixes(random.pick([1, 2])) }
        if random.chance(30) { state.pods = [] }
        for vni in random.some([7, 8, 6784]) {
            let members = random.some((1...8).map(Sample.id))
            state.networks.append(.init(name: "n\(vni)", vni: UInt32(vni), prefixes: [], members: members))
        }
        return state
    }
}
