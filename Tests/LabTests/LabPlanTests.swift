import Addressing
import JSON
import Testing

@testable import Lab

@Suite struct LabPlanTests {
    private func plan(_ underlay: LabOptions.Underlay, isRouted: Bool = false, nodes: Int = 3) throws -> LabPlan {
        var options = LabOptions()
        options.underlay = underlay
        options.isRouted = isRouted
        options.nodeCount = nodes
        options.subnets = try LabSubnet.choose(options, taken: [])
        try options.check()
        return LabPlan(options, nodes: Array(1..<(nodes + 1)))
    }

    @Test func `hosts on a bridge have addresses of one subnet and the machine is their gateway`() throws {
        let plan = try plan(.dual)
        #expect(plan.hosts.map(\.name) == ["cp", "node-1", "node-2", "node-3", "outside"])
        #expect(
            plan.hosts.map { "\($0.addresses[0].address)" }
                == ["10.127.0.2", "10.127.0.11", "10.127.0.12", "10.127.0.13", "10.127.0.1"]
        )
        #expect("\(plan.controlPlane.addresses[1].address)" == "fd6c:6162::2")
        #expect(plan.nodeHosts.allSatisfy { $0.addresses.map(\.gateway) == plan.outside.addresses.map(\.address) })
        #expect(plan.namespaces == ["trama-underlay", "trama-cp", "trama-node-1", "trama-node-2", "trama-node-3"])
    }

    @Test func `routed hosts have a subnet each, with the router in it`() throws {
        let plan = try plan(.dual, isRouted: true)
        let host = plan.host(.node(1))
        #expect("\(host.addresses[0].address)/\(host.addresses[0].length)" == "10.127.0.18/29")
        #expect("\(host.addresses[0].gateway)" == "10.127.0.17")
        #expect("\(host.addresses[1].address)/\(host.addresses[1].length)" == "fd6c:6162::2:2/112")
        #expect("\(host.addresses[1].gateway)" == "fd6c:6162::2:1")
    }

    @Test(arguments: [true, false], LabOptions.Underlay.allCases)
    func `no address is there twice and none is missing, up to the last node`(
        isRouted: Bool,
        underlay: LabOptions.Underlay
    ) throws {
        let plan = try plan(underlay, isRouted: isRouted, nodes: LabOptions.nodeLimit(isRouted: isRouted))
        #expect(plan.hosts.allSatisfy { $0.addresses.count == underlay.families.count })
        var all = plan.hosts.flatMap { $0.addresses.map(\.address) }
        if isRouted { all += plan.hosts.flatMap { $0.addresses.map(\.gateway) } }
        #expect(Set(all).count == all.count)
        #expect(all.allSatisfy { address in plan.options.subnets.contains { $0.contains(address) } })
    }

    @Test func `names of links and sockets are as short as the kernel wants them`() throws {
        var options = LabOptions()
        options.name = "abcdefghij"
        options.subnets = try LabSubnet.choose(options, taken: [])
        let limit = LabOptions.nodeLimit(isRouted: false)
        let plan = LabPlan(options, nodes: [limit])
        #expect(plan.outsideLink.utf8.count <= 15)
        #expect(plan.wireGuardDevice(limit).utf8.count <= 15)
        #expect(plan.hosts.allSatisfy { $0.name.utf8.count <= 15 && $0.link.utf8.count <= 15 })
        #expect("\(plan.folder(of: plan.host(.node(limit))))/overlay.sock".utf8.count < 108)
    }

    @Test func `programs are told the lab's own addresses, ranges and folders`() throws {
        let plan = try plan(.dual)
        let programs = LabPrograms(trama: "/t")
        let server = programs.controlPlane(plan).arguments
        #expect(server.starts(with: ["/t", "control-plane", "run", "--folder", "/run/trama/lab/trama/control-plane"]))
        #expect(Self.value(of: "--advertise-address", in: server) == "10.127.0.2")
        #expect(Self.value(of: "--cert-sans", in: server) == "fd6c:6162::2")
        #expect(Self.value(of: "--service-cluster-ip-range", in: server) == "10.96.0.0/16,fd00:10:96::/112")
        #expect(Self.value(of: "--cluster-cidr", in: server) == "10.244.0.0/16,fd00:10:244::/56")
        #expect(!server.contains("--etcd-servers"))
        let node = programs.node(2, plan)
        #expect(node.host == "node-2")
        #expect(Self.value(of: "--node-ip", in: node.arguments) == "10.127.0.12,fd6c:6162::c")
        #expect(Self.value(of: "--node-lease-duration", in: node.arguments) == "40")
        #expect(Self.value(of: "--node-monitor-grace-period", in: server) == "40")
        #expect(Self.value(of: "--cluster-dns", in: node.arguments) == "10.96.0.10,fd00:10:96::a")
        let folder = "/run/trama/lab/trama/hosts/node-2/"
        for flag in ["--kubeconfig", "--state-dir", "--log-dir", "--socket", "--cni-conf-dir"] {
            #expect(Self.value(of: flag, in: node.arguments)?.hasPrefix(folder) == true)
        }
        #expect(
            programs.dns(plan).arguments.suffix(4) == [
                "--listen", "10.127.0.2:53", "--listen", "[fd6c:6162::2]:53",
            ]
        )
    }

    @Test func `each program is found by the name that it has in the lab's state`() throws {
        let plan = try plan(.v4)
        let programs = LabPrograms(trama: "/t")
        let all =
            [programs.etcd(plan), programs.controlPlane(plan), programs.dns(plan)]
            + (1...3).map { programs.node($0, plan) }
        for program in all { #expect(programs.command(program.name, plan) == program) }
        #expect(programs.command("node-4", plan) == nil)
    }

    @Test func `a lab of IPv6 alone speaks nothing else`() throws {
        let plan = try plan(.v6)
        #expect(plan.server == "https://[fd6c:6162::2]:6443")
        let all =
            LabPrograms(trama: "/t").controlPlane(plan).arguments + LabPrograms(trama: "/t").node(1, plan).arguments
        #expect(!all.contains { $0.contains("10.") })
    }

    @Test func `the Service of cluster DNS has the tenth address of each range`() throws {
        let items = ClusterObjects.dns(try plan(.dual))
        let service = try #require(items.first { $0.name == "kube-dns" })
        #expect(service.object[path: "spec", "clusterIP"] == "10.96.0.10")
        #expect(service.object[path: "spec", "clusterIPs"] == ["10.96.0.10", "fd00:10:96::a"])
        let slices = items.filter { $0.object["kind"] == "EndpointSlice" }
        #expect(
            slices.map { $0.object["endpoints"]?[0]?["addresses"]?[0]?.string } == ["10.127.0.2", "fd6c:6162::2"]
        )
    }

    private static func value(of flag: String, in arguments: [String]) -> String? {
        guard let index = arguments.firstIndex(of: flag), index + 1 < arguments.count else { return nil }
        return arguments[index + 1]
    }
}
