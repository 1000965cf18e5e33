import OverlayCore
import SeededTesting
import Testing

/// What a daemon that begins again takes over from the one before, and does without probes.
@Suite struct PathInheritanceTests {
    let hosts = (1...3).map { PathNetwork.host(UInt64($0)) }

    private func blocked(_ transport: PeerRoute.Transport) -> (PathNetwork.Link) -> Double {
        { $0.transport == transport ? 1 : 0 }
    }

    /// The network with the first two hosts' daemons begun again.
    private func restarted(_ network: PathNetwork, _ restarting: [PeerID]) -> PathNetwork {
        var network = network
        for host in restarting { network.restart(host) }
        network.forget()
        return network
    }

    @Test func `packets stay on the fallback when the daemon begins again, until VXLAN has worked for a while`() {
        var network = PathNetwork()
        network.loss = blocked(.vxlan)
        network.meet()
        network.run(.seconds(10))
        network = restarted(network, [hosts[0]])
        for peer in [hosts[1]] { #expect(network.route(hosts[0], peer) == .wireGuard(mtu: 1440)) }
        network.run(.seconds(60))
        #expect(
            network.changes.allSatisfy { $0.route == .wireGuard(mtu: 1440) },
            "\(network.random): \(network.changes)"
        )
        #expect(network.status(hosts[0], hosts[1])?.state == .fallback(.wireGuard))
        network.loss = { _ in 0 }
        network.run(.seconds(60))
        #expect(network.route(hosts[0], hosts[1]) == .vxlan(mtu: 1450), "\(network.random)")
    }

    @Test(arguments: [[0], [2], [0, 2], [1], [0, 1, 2]])
    func `packets stay on the relay, whoever of the three begins again`(restarting: [Int]) {
        for seed in SeededGenerator.seeds([1, 335_103_987, 1_800_735_593, 2_543_792_550, 4_022_176_920]) {
            beginAgain(restarting, seed)
        }
    }

    private func beginAgain(_ restarting: [Int], _ seed: UInt64) {
        var network = PathNetwork(3, seed: seed)
        network.loss = { Set([$0.from.high, $0.to.high]) == [1, 3] ? 1 : 0 }
        network.meet()
        network.run(.seconds(15))
        let relayed = PeerRoute.relay(hosts[1], over: .vxlan, mtu: 1450)
        #expect(network.route(hosts[0], hosts[2]) == relayed)
        network = restarted(network, restarting.map { hosts[$0] })
        #expect(network.route(hosts[0], hosts[2]) == relayed, "\(network.random)")
        network.run(.seconds(60))
        #expect(
            network.changes.allSatisfy { change in
                Set([change.host, change.peer]) != [hosts[0], hosts[2]] || change.route == relayed
            },
            "\(network.random): \(network.changes)"
        )
        #expect(network.route(hosts[0], hosts[2]) == relayed, "\(network.random)")
        #expect(network.route(hosts[2], hosts[0]) == relayed, "\(network.random)")
        network.loss = { _ in 0 }
        network.run(.seconds(60))
        #expect(network.route(hosts[0], hosts[2]) == .vxlan(mtu: 1450), "\(network.random)")
    }

    @Test func `a smaller size that was found out before is used from the start`() {
        var network = PathNetwork()
        network.mtu = { _ in 1300 }
        network.meet()
        network.run(.seconds(20))
        let found = network.route(hosts[0], hosts[1])
        guard case .vxlan(let mtu) = found, (1293...1300).contains(mtu) else {
            Issue.record("\(network.random): \(String(describing: found))")
            return
        }
        network = restarted(network, [hosts[0]])
        #expect(network.route(hosts[0], hosts[1]) == found)
        network.run(.seconds(120))
        #expect(network.changes.allSatisfy { $0.route == found }, "\(network.random): \(network.changes)")
    }

    @Test func `what was left by a way that may not be used any more does not count`() {
        var network = PathNetwork(2) { _, record in record.encryption = .require }
        network.handle(hosts[0], .inherit([hosts[1]: .vxlan(mtu: 1450)]))
        network.meet()
        network.run(.seconds(10))
        #expect(
            network.changes.allSatisfy { $0.route == .wireGuard(mtu: 1440) },
            "\(network.random): \(network.changes)"
        )
    }

    @Test func `what was left counts for a peer that is heard of a little later, and not for ever`() {
        var network = PathNetwork(3)
        network.loss = blocked(.vxlan)
        let inherited = PeerRoute.wireGuard(mtu: 1440)
        network.handle(hosts[0], .inherit([hosts[1]: inherited, hosts[2]: inherited]))
        network.run(.seconds(30))
        if let record = network.records[hosts[1]] { network.handle(hosts[0], .peer(record)) }
        #expect(network.route(hosts[0], hosts[1]) == inherited)
        network.run(.seconds(40))
        if let record = network.records[hosts[2]] { network.handle(hosts[0], .peer(record)) }
        #expect(network.route(hosts[0], hosts[2]) == .vxlan(mtu: 1450))
    }

    @Test func `a transport that cannot be probed is taken to work, and nothing is asked over it`() {
        var network = PathNetwork()
        network.meet()
        for host in hosts.prefix(2) { network.handle(host, .unprobed(.vxlan)) }
        network.loss = blocked(.vxlan)
        network.forget()
        network.run(.seconds(120))
        #expect(network.changes.isEmpty, "\(network.random): \(network.changes)")
        #expect(network.status(hosts[0], hosts[1])?.state == .established(.vxlan(mtu: 1450)))
        #expect(network.status(hosts[0], hosts[1])?.reason == "vxlan cannot be probed, and is taken to work")
    }
}
