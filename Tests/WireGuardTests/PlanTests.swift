import Addressing
import OverlayCore
import OverlayDataplane
import SeededTesting
import Testing

@testable import WireGuard

@Suite struct PlanTests {
    /// Peer N has identity N, the key of 32 times N, 10.32.N.0/24, and 192.0.2.N.
    static func peer(_ number: UInt8, _ route: PeerRoute = .vxlan(mtu: 1450)) -> OverlayState.Peer {
        var record = PeerRecord(id: id(number), name: "p\(number)")
        record.endpoints = [.v4(0xc000_0200 + UInt32(number))]
        record.wireGuardKey = [UInt8](repeating: number, count: 32)
        record.prefixes = [IPPrefix(.v4(0x0a20_0000 + UInt32(number) << 8), length: 24)].compactMap { $0 }
        return .init(record: record, route: route)
    }

    static func id(_ number: UInt8) -> PeerID { PeerID(high: 0, low: UInt64(number)) }

    static func address(_ id: PeerID) -> IPAddress { .v6(high: 0xfd00_0000_0000_0000, low: id.low) }

    static func state(_ peers: OverlayState.Peer..., isComplete: Bool = true) throws -> OverlayState {
        OverlayState(
            node: OverlayNode(
                id: id(100),
                prefixes: [try prefix("10.32.100.0/24")],
                clusterRanges: [try prefix("10.32.0.0/12")]
            ),
            peers: Dictionary(uniqueKeysWithValues: peers.map { ($0.record.id, $0) }),
            isComplete: isComplete
        )
    }

    @Test func `nothing is taken from a device before the member list is complete`() throws {
        let full = Self.plan(try Self.state(Self.peer(1, .vxlan(mtu: 1)), Self.peer(2, .vxlan(mtu: 1))))
        let device = WireGuardStatus(peers: full.peers.mapValues { WireGuardStatus.Peer(peer: $0) })
        let early = Self.plan(try Self.state(Self.peer(1, .vxlan(mtu: 1)), isComplete: false))
        #expect(early.changes(from: device).isEmpty)
        let later = Self.plan(try Self.state(Self.peer(1, .vxlan(mtu: 1))))
        #expect(later.changes(from: device) == full.peers.keys.filter { early.peers[$0] == nil }.map { .remove($0) })
    }

    static func plan(_ state: OverlayState) -> WireGuardPlan {
        WireGuardPlan(state, address: address)
    }

    @Test func `each peer has its own address and prefixes, by whatever way its packets go`() throws {
        let routes: [PeerRoute] = [.direct, .vxlan(mtu: 1), .wireGuard(mtu: 1), .unreachable]
        for route in routes {
            let plan = Self.plan(try Self.state(Self.peer(1, route)))
            #expect(
                Array(plan.peers.values) == [
                    WireGuardPeer(
                        publicKey: try key(1),
                        endpoint: WireGuardEndpoint("192.0.2.1:6783"),
                        allowedPrefixes: try prefixes("10.32.1.0/24", "fd00::1/128")
                    )
                ]
            )
            #expect(plan.omissions.isEmpty)
        }
    }

    @Test func `a peer relayed over WireGuard leaves its prefixes to the relay, and keeps its own address`() throws {
        let relayed = Self.peer(1, .relay(Self.id(2), over: .wireGuard, mtu: 1400))
        let plan = Self.plan(try Self.state(relayed, Self.peer(2)))
        #expect(plan.peers[try key(1)]?.allowedPrefixes == (try prefixes("fd00::1/128")))
        #expect(
            plan.peers[try key(2)]?.allowedPrefixes
                == (try prefixes("fd00::2/128", "10.32.1.0/24", "10.32.2.0/24"))
        )
    }

    @Test func `a peer relayed over VXLAN keeps its prefixes`() throws {
        let relayed = Self.peer(1, .relay(Self.id(2), over: .vxlan, mtu: 1400))
        let plan = Self.plan(try Self.state(relayed, Self.peer(2)))
        #expect(plan.peers[try key(1)]?.allowedPrefixes.count == 2)
    }

    @Test func `a peer without a key that is relayed leaves its prefixes to the relay`() throws {
        var relayed = Self.peer(1, .relay(Self.id(2), over: .wireGuard, mtu: 1400))
        relayed.record.wireGuardKey = []
        let plan = Self.plan(try Self.state(relayed, Self.peer(2)))
        #expect(plan.peers.count == 1)
        #expect(plan.peers[try key(2)]?.allowedPrefixes.contains(try prefix("10.32.1.0/24")) == true)
    }

    @Test func `ourselves, and peers without a key, are not in it`() throws {
        var state = try Self.state(Self.peer(1))
        state.peers[Self.id(100)] = Self.peer(100)
        state.peers[Self.id(1)]?.record.wireGuardKey = []
        #expect(Self.plan(state).peers.isEmpty)
        #expect(Self.plan(state).omissions.isEmpty)
    }

    @Test func `a peer without a port or an address has no endpoint`() throws {
        var state = try Self.state(Self.peer(1), Self.peer(2))
        state.peers[Self.id(1)]?.record.wireGuardPort = 0
        state.peers[Self.id(2)]?.record.endpoints = []
        let plan = Self.plan(state)
        #expect(plan.peers.count == 2)
        #expect(plan.peers.values.allSatisfy { $0.endpoint == nil })
    }

    @Test func `what nobody may claim is left out, with the reason`() throws {
        var state = try Self.state(Self.peer(1), Self.peer(2), Self.peer(3), Self.peer(4))
        state.peers[Self.id(1)]?.record.wireGuardKey = [1]
        state.peers[Self.id(3)]?.record.wireGuardKey = [UInt8](repeating: 2, count: 32)
        let claims = try ["0.0.0.0/0", "10.32.2.0/24", "10.32.100.128/25", "10.32.0.0/16", "fd00::2/128"].map(prefix)
        state.peers[Self.id(4)]?.record.prefixes = claims
        let plan = Self.plan(state)
        #expect(
            plan.omissions == [
                .init(Self.id(1), .wrongKeyLength(1)),
                .init(Self.id(3), .keyInUse(try key(2))),
                .init(Self.id(4), .outsideCluster(claims[0])),
                .init(Self.id(4), .prefixInUse(claims[1])),
                .init(Self.id(4), .overlapsOurs(claims[2])),
                .init(Self.id(4), .overlapsOurs(claims[3])),
                .init(Self.id(4), .prefixInUse(claims[4])),
            ]
        )
        #expect(plan.peers[try key(2)]?.allowedPrefixes == (try prefixes("10.32.2.0/24", "fd00::2/128")))
        #expect(plan.peers[try key(4)]?.allowedPrefixes == (try prefixes("fd00::4/128")))
    }

    @Test func `without ranges of a family every prefix but all of it is taken`() throws {
        var state = try Self.state(Self.peer(1))
        state.peers[Self.id(1)]?.record.prefixes = try ["fd10::/64", "::/0"].map(prefix)
        let plan = Self.plan(state)
        #expect(plan.omissions.map(\.reason) == [.outsideCluster(try prefix("::/0"))])
        #expect(plan.peers[try key(1)]?.allowedPrefixes == (try prefixes("fd10::/64", "fd00::1/128")))
    }

    // MARK: Changes

    @Test func `the same plan changes nothing`() throws {
        let plan = Self.plan(try Self.state(Self.peer(1), Self.peer(2)))
        #expect(plan.changes(since: plan).isEmpty)
        var device = SimulatedDevice()
        device.make(PeerStep.steps(for: plan.changes(from: device.status)))
        #expect(plan.changes(from: device.status).isEmpty)
    }

    @Test func `a move to a relay is one change of the relay`() throws {
        let before = Self.plan(try Self.state(Self.peer(1), Self.peer(2)))
        let relayed = Self.peer(1, .relay(Self.id(2), over: .wireGuard, mtu: 1400))
        let after = Self.plan(try Self.state(relayed, Self.peer(2)))
        let moved = try prefixes("10.32.1.0/24")
        #expect(after.changes(since: before) == [.set(.init(try key(2), added: moved))])
        #expect(before.changes(since: after) == [.set(.init(try key(1), added: moved))])
    }

    @Test func `an endpoint that the device learnt is left alone while its session lives`() throws {
        let plan = Self.plan(try Self.state(Self.peer(1)))
        var status = WireGuardStatus(peers: plan.peers.mapValues { .init(peer: $0, handshakeAge: .seconds(20)) })
        status.peers[try key(1)]?.peer.endpoint = WireGuardEndpoint("198.51.100.9:40000")
        #expect(plan.changes(from: status).isEmpty)
        #expect(plan.changes(from: status, previous: plan).isEmpty)

        let back = WireGuardPeerChange.set(.init(try key(1), endpoint: WireGuardEndpoint("192.0.2.1:6783")))
        status.peers[try key(1)]?.handshakeAge = .seconds(200)
        #expect(plan.changes(from: status) == [back])
        status.peers[try key(1)]?.handshakeAge = nil
        #expect(plan.changes(from: status) == [back])
    }

    @Test func `an endpoint that the peer has from now on is set at once`() throws {
        let before = Self.plan(try Self.state(Self.peer(1)))
        var peer = Self.peer(1)
        peer.record.endpoints = [.v4(0xc633_6401)]
        let after = Self.plan(try Self.state(peer))
        let status = WireGuardStatus(peers: before.peers.mapValues { .init(peer: $0, handshakeAge: .seconds(2)) })
        let change = WireGuardPeerChange.set(.init(try key(1), endpoint: WireGuardEndpoint("198.51.100.1:6783")))
        #expect(after.changes(from: status, previous: before) == [change])
        #expect(after.changes(since: before) == [change])
    }

    @Test func `any device becomes as planned, and what stays planned is never without a peer`() throws {
        var random = SeededGenerator()
        for _ in 0..<200 {
            let old = try Self.randomPlan(&random)
            let new = try Self.randomPlan(&random)
            var device = SimulatedDevice()
            device.make(PeerStep.steps(for: old.changes(from: device.status)))
            #expect(device.peers == old.peers)
            let changes = Bool.random(using: &random) ? new.changes(since: old) : new.changes(from: device.status)
            device.make(PeerStep.steps(for: changes))
            #expect(device.peers == new.peers)
            #expect(device.gaps.isEmpty)
        }
    }

    private static func randomPlan(_ random: inout SeededGenerator) throws -> WireGuardPlan {
        var state = try state()
        for number in UInt8(1)...8 where Bool.random(using: &random) {
            let relay = id(UInt8.random(in: 1...8, using: &random))
            let relayed = Bool.random(using: &random) && relay != id(number)
            var peer = peer(number, relayed ? .relay(relay, over: .wireGuard, mtu: 1400) : .wireGuard(mtu: 1420))
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let block = UInt32.random(in: 0...15, using: &random)
                if let prefix = IPPrefix(.v4(0x0a21_0000 + block << 8), length: 24) {
                    peer.record.prefixes.append(prefix)
                }
            }
            state.peers[id(number)] = peer
        }
        let shared = Bool.random(using: &random) ? try secret(1) : nil
        let keepalive: Duration? = Bool.random(using: &random) ? .seconds(25) : nil
        return WireGuardPlan(state, presharedKey: shared, keepalive: keepalive, address: address)
    }
}
