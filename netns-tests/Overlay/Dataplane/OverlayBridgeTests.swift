import Addressing
import Netlink
import OverlayCore
@testable import OverlayDataplane
import Testing

@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayBridgeTests {
    /// Networks that all hosts joined, each with a pod on each host: 10.5V.0.N and fd5V::N on network V of host N.
    private struct Networks {
        let lab: OverlayLab
        var pods: [Int: [Int: Host]] = [:]

        init(_ lab: OverlayLab, _ vnis: [Int]) async throws {
            self.lab = lab
            for vni in vnis {
                for member in lab.members {
                    let pod = try await Host.make("n\(vni)p\(member.number)")
                    try await Host.join(pod, "eth0", member.host, "net\(vni)")
                    try await pod.addAddress("10.5\(vni).0.\(member.number)/24", to: "eth0")
                    try await pod.addAddress("fd5\(vni)::\(member.number)/64", to: "eth0")
                    pods[vni, default: [:]][member.number] = pod
                }
            }
        }

        func state(_ number: Int) -> OverlayState {
            var state = lab.state(number)
            let members = lab.members.map(\.id)
            state.networks = pods.keys.sorted().map { vni in
                .init(name: "n\(vni)", vni: UInt32(vni), prefixes: [], ports: ["net\(vni)"], members: members)
            }
            return state
        }

        func apply() async throws {
            for member in lab.members {
                let report = try await member.reconciler.apply(state(member.number))
                #expect(report.problems == [])
            }
        }

        func pod(_ vni: Int, _ number: Int) throws -> Host { try #require(pods[vni]?[number]) }
    }

    @Test(arguments: IPFamily.allCases)
    func `pods of a network reach each other, by multicast too`(underlay: IPFamily) async throws {
        let lab = try await OverlayLab(3, underlay: underlay)
        let networks = try await Networks(lab, [1])
        try await networks.apply()
        let pod = try networks.pod(1, 1)
        for number in 2...3 {
            for address in ["10.51.0.\(number)", "fd51::\(number)"] {
                let target = try #require(IPAddress(address))
                try await eventually("the pod to ping \(address)") { await OverlayLab.pings(pod, target) }
            }
        }
        for number in 1...3 { try networks.pod(1, number).sysctl("net/ipv4/icmp_echo_ignore_broadcasts", "0") }
        for arguments in [["-6", "ff02::1%eth0"], ["-b", "10.51.0.255"], ["-I", "eth0", "224.0.0.1"]] {
            try await eventually("everybody to answer a ping to \(arguments)") {
                let all = ["sh", "-c", "ping -c 2 -W 1 \(arguments.joined(separator: " ")) 2>&1; true"]
                let text = try await Program.run(all, in: pod.namespace.duplicate())
                let answering = text.split(separator: "\n").filter { $0.contains("bytes from") }
                    .compactMap { $0.split(separator: " ").dropFirst(3).first }
                return Set(answering).count >= 3
            }
        }
        // Each is told where it is: learning does not send frames to everybody for ever.
        let entries = try await lab[1].host.network.forwardingEntries(interface: lab[1].host.index(of: "tv-1"))
        #expect(entries.filter { $0.isOwn && $0.address == .everyone }.count == 2)
        #expect(entries.contains { $0.isOwn && $0.address != .everyone })
        // What was learnt is nobody's damage.
        for member in lab.members {
            let report = try await member.reconciler.apply(networks.state(member.number))
            #expect(report == OverlayReport())
        }
    }

    @Test func `networks, pods and hosts are closed to each other`() async throws {
        let lab = try await OverlayLab(2)
        let networks = try await Networks(lab, [1, 2])
        try await networks.apply()
        let (red, blue) = (try networks.pod(1, 1), try networks.pod(2, 1))
        try await eventually("the network to work") { await OverlayLab.pings(red, .v4(0x0a33_0002)) }
        // Even where a pod tries: the bridge's address is its gateway for everything.
        let bridges = try await lab[1].host.network.links().filter { $0.name.hasPrefix("tb-") }
        for (pod, bridge) in [(red, "tb-1"), (blue, "tb-2")] {
            let address = try #require(bridges.first { $0.name == bridge }?.address)
            let device = try await pod.index(of: "eth0")
            for gateway in ["10.51.0.77", "10.52.0.77", "fe80::77"] {
                let neighbour = Neighbour(
                    interface: device,
                    address: try #require(IPAddress(gateway)),
                    linkLayerAddress: address
                )
                try await pod.network.setNeighbour(neighbour)
            }
            let gateway = bridge == "tb-1" ? "10.51.0.77" : "10.52.0.77"
            try await pod.addRoute(to: "0.0.0.0/0", via: gateway)
            try await pod.run("ip", "-6", "route", "add", "default", "via", "fe80::77", "dev", "eth0")
        }
        // The routed network knows the way back, so that an answer would come.
        try await lab[1].host.run("ip", "route", "add", "10.51.0.0/24", "dev", "tb-1")
        for target in ["10.52.0.1", "10.32.1.5", "10.32.2.5", "10.0.1.2", "10.0.2.2", "fd32:0:0:1::5", "fd00:1::2"] {
            #expect(await !OverlayLab.pings(red, try #require(IPAddress(target))), "\(target)")
        }
        #expect(await !OverlayLab.pings(lab[1].pod, .v4(0x0a33_0001)))
        #expect(try await lab[1].reconciler.drops().isolation > 0)
        try await lab.expectAllPings()
    }

    @Test func `a network is joined and left while others go on`() async throws {
        let lab = try await OverlayLab(2)
        let networks = try await Networks(lab, [1, 2])
        try await networks.apply()
        let pod = try networks.pod(2, 1)
        try await eventually("the network to work") { await OverlayLab.pings(pod, .v4(0x0a34_0002)) }
        var state = networks.state(1)
        state.networks.removeFirst()
        #expect(try await lab[1].reconciler.apply(state).problems == [])
        let names = try await lab[1].host.network.links().map(\.name)
        #expect(!names.contains("tb-1") && !names.contains("tv-1") && names.contains("net1"))
        try await eventually("a ping to be answered") { await OverlayLab.pings(pod, .v4(0x0a34_0002)) }
        #expect(await !OverlayLab.pings(try networks.pod(1, 1), .v4(0x0a33_0002)))
        #expect(try await lab[1].reconciler.apply(networks.state(1)).problems == [])
        try await eventually("the network to work again") {
            await OverlayLab.pings(try networks.pod(1, 1), .v4(0x0a33_0002))
        }
    }

    @Test(
        arguments: [
            "ip link delete tb-1", "ip link delete tv-1", "ip link set tb-1 down", "ip link set tv-1 nomaster",
            "ip link set net1 nomaster", "ip link set tb-1 type bridge mcast_snooping 1 stp_state 1",
            "ip link set tv-1 type vxlan id 1 nolearning", "bridge fdb del 00:00:00:00:00:00 dev tv-1 dst 10.0.2.2",
            "bridge fdb append 00:00:00:00:00:00 dev tv-1 dst 10.0.2.9", "bridge fdb flush dev tv-1",
            "ip link add br9 type bridge && ip link set net1 master br9", "ip link set tb-1 name other",
            "ip link set tb-1 mtu 1300",
        ]
    )
    func `damage to a network is put right`(command: String) async throws {
        let lab = try await OverlayLab(2)
        let networks = try await Networks(lab, [1])
        try await networks.apply()
        let pod = try networks.pod(1, 1)
        try await lab.watching {
            try await eventually("the network to work") { await OverlayLab.pings(pod, .v4(0x0a33_0002)) }
            try await lab[1].host.run("sh", "-c", command)
            try await eventually("\(command) to be put right") {
                let report = try await lab[1].reconciler.apply(networks.state(1))
                return report.isComplete
            }
            try await eventually("the network to work again") { await OverlayLab.pings(pod, .v4(0x0a33_0002)) }
            let flood = try await lab[1].host.run("bridge", "fdb", "show", "dev", "tv-1")
            #expect(flood.contains("00:00:00:00:00:00 dst 10.0.2.2 self permanent"))
            try await eventually("the foreign entry to go") {
                try await !lab[1].host.run("bridge", "fdb", "show", "dev", "tv-1").contains("10.0.2.9")
            }
        }
    }

    @Test func `a pod's link that comes later becomes a port then`() async throws {
        let lab = try await OverlayLab(2)
        let networks = try await Networks(lab, [1])
        try await networks.apply()
        let pod = try await Host.make("late")
        var state = networks.state(1)
        state.networks[0].ports.append("late")
        #expect(try await lab[1].reconciler.apply(state).problems == [])
        try await lab.watching {
            try await Host.join(pod, "eth0", lab[1].host, "late")
            try await pod.addAddress("10.51.0.9/24", to: "eth0")
            try await eventually("the late pod to ping") { await OverlayLab.pings(pod, .v4(0x0a33_0002)) }
        }
    }

    @Test func `two networks of one VNI are told, and one of them works`() async throws {
        let lab = try await OverlayLab(2)
        let networks = try await Networks(lab, [1])
        try await networks.apply()
        var state = networks.state(1)
        state.networks.append(.init(name: "twin", vni: 1, prefixes: []))
        state.networks.append(.init(name: "big", vni: 1 << 24, prefixes: []))
        let report = try await lab[1].reconciler.apply(state)
        #expect(report.problems.map(\.object) == ["network big", "network twin"])
        let pod = try networks.pod(1, 1)
        // The links are up a moment after they are made.
        try await eventually("the first network to work") { await OverlayLab.pings(pod, .v4(0x0a33_0002)) }
    }
}
