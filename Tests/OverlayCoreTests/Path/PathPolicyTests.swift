import Addressing
import OverlayCore
import Testing

@Suite struct PathPolicyTests {
    let a = PathNetwork.host(1)
    let b = PathNetwork.host(2)

    private func network(_ first: EncryptionPolicy, _ second: EncryptionPolicy, keys: Bool = true) -> PathNetwork {
        PathNetwork { _, record in
            record.encryption = record.id == PathNetwork.host(1) ? first : second
            if !keys, record.id == PathNetwork.host(2) { record.wireGuardKey = [] }
        }
    }

    @Test func `the stricter policy of both sides counts, on both sides`() {
        for first in EncryptionPolicy.allCases {
            for second in EncryptionPolicy.allCases {
                var network = network(first, second)
                network.meet()
                network.run(.seconds(3))
                let expected: PeerRoute = max(first, second) == .off ? .vxlan(mtu: 1450) : .wireGuard(mtu: 1440)
                #expect(network.route(a, b) == expected)
                #expect(network.route(b, a) == expected)
                #expect(network.status(a, b)?.state == .established(expected))
            }
        }
    }

    @Test func `where encryption is preferred, plain VXLAN takes over while the encrypted path is blocked`() {
        var network = network(.prefer, .off)
        network.meet()
        network.run(.seconds(10))
        network.loss = { $0.transport == .wireGuard ? 1 : 0 }
        network.run(.seconds(5))
        #expect(network.route(a, b) == .vxlan(mtu: 1450), "\(network.random)")
        network.loss = { _ in 0 }
        network.run(.seconds(60))
        #expect(network.route(a, b) == .wireGuard(mtu: 1440), "\(network.random)")
    }

    @Test func `where encryption is required nothing goes by VXLAN, neither packets nor probes`() {
        var network = network(.off, .require)
        var sawVXLAN = false
        network.loss = { $0.transport == .wireGuard ? 1 : 0 }
        network.meet()
        network.run(.seconds(100))
        network.handle(a, .present([b]))
        network.run(.seconds(100))
        for (_, _, _, route) in network.changes {
            if case .vxlan = route { sawVXLAN = true }
        }
        #expect(!sawVXLAN)
        #expect(network.status(a, b)?.transports.map(\.transport) == [.wireGuard])
        #expect(network.status(a, b)?.state == .down)
        #expect(network.route(a, b) == .unreachable)
    }

    @Test func `a peer without a key is unreachable where encryption is required, and the reason says so`() {
        var network = network(.require, .off, keys: false)
        network.meet()
        network.run(.seconds(5))
        #expect(network.route(a, b) == .unreachable)
        #expect(network.status(a, b)?.reason == "we require encryption, but the peer has no WireGuard key")
        #expect(network.status(b, a)?.reason == "the peer requires encryption, but we have no WireGuard device")
        #expect(network.counts.isEmpty)
    }

    @Test func `a peer without a key is reached by VXLAN where encryption is preferred`() {
        var network = network(.prefer, .off, keys: false)
        network.meet()
        network.run(.seconds(5))
        #expect(network.route(a, b) == .vxlan(mtu: 1450))
        #expect(network.status(a, b)?.transports.map(\.transport) == [.vxlan])
    }

    @Test func `a change of policy moves packets at once`() throws {
        var network = network(.off, .off)
        network.meet()
        network.run(.seconds(5))
        var record = try #require(network.records[b])
        record.encryption = .require
        record.version += 1
        network.handle(a, .peer(record))
        #expect(network.route(a, b) == .wireGuard(mtu: 1440))
    }

    @Test func `peers in our subnet need no tunnel where that is allowed and nobody wants encryption`() {
        var network = PathNetwork(3) { configuration, record in
            configuration.isDirectAllowed = true
            configuration.underlayPrefixLength = 24
            if record.id == PathNetwork.host(3) { record.endpoints = [.v4(0x0a00_0103)] }
        }
        network.meet()
        #expect(network.route(a, b) == .direct)
        #expect(network.route(a, PathNetwork.host(3)) == .vxlan(mtu: 1450))
        #expect(network.status(a, b)?.state == .established(.direct))
        // Nothing is asked where there is no tunnel, and so nothing is missed.
        network.handle(a, .present([b]))
        network.run(.seconds(120))
        if let record = network.records[b] {
            network.handle(a, .peer(PeerRecord(id: b, name: "renamed", endpoints: record.endpoints)))
        }
        #expect(network.route(a, b) == .direct)
    }

    @Test func `a removed peer is forgotten`() throws {
        var network = network(.off, .off)
        network.meet()
        network.run(.seconds(2))
        var record = try #require(network.records[b])
        record.isRemoved = true
        network.handle(a, .peer(record))
        #expect(network.route(a, b) == nil)
        network.meet()
        network.handle(a, .peers([:]))
        #expect(network.tables[a]?.statuses.isEmpty == true)
        network.run(.seconds(5))
    }

    @Test func `a peer that moves is tried anew`() throws {
        var network = network(.off, .off)
        network.meet()
        network.run(.seconds(5))
        var record = try #require(network.records[b])
        record.endpoints = [.v4(0x0a00_0909)]
        network.handle(a, .peer(record))
        #expect(network.status(a, b)?.state == .probing || network.status(a, b)?.state == .unknown)
        #expect(network.route(a, b) == .vxlan(mtu: 1450))
        network.run(.seconds(1))
        #expect(network.status(a, b)?.state == .established(.vxlan(mtu: 1450)))
    }
}
