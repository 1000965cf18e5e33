import Addressing
import ArgumentParser
import Lab
import Testing

@testable import trama

@Suite struct LabFlagTests {
    private func options(_ arguments: String...) throws -> LabOptions {
        try LabUpCommand.parse(arguments).options()
    }

    @Test func `without flags a lab has three nodes on a bridge of IPv4`() throws {
        #expect(try options() == LabOptions())
    }

    @Test func `each flag says one thing of the lab`() throws {
        let found = try options(
            "--name",
            "two",
            "--nodes",
            "5",
            "--underlay",
            "dual",
            "--routed",
            "--subnet",
            "10.9.0.0/24,fd09::/64",
            "--cluster-cidr",
            "10.8.0.0/16",
            "--service-cidr",
            "10.7.0.0/24",
            "--store",
            "etcd",
            "--loss",
            "5%",
            "--mtu",
            "1400",
            "--delay",
            "20ms",
            "--node-monitor-grace-period",
            "8",
            "--no-dns"
        )
        var wanted = LabOptions()
        wanted.name = "two"
        wanted.nodeCount = 5
        wanted.underlay = .dual
        wanted.isRouted = true
        wanted.subnets = ["10.9.0.0/24", "fd09::/64"].compactMap { IPPrefix($0) }
        wanted.clusterRanges = ["10.8.0.0/16"].compactMap { IPPrefix($0) }
        wanted.serviceRanges = ["10.7.0.0/24"].compactMap { IPPrefix($0) }
        wanted.store = .etcd
        wanted.lostOf200 = 10
        wanted.mtu = 1400
        wanted.delayMilliseconds = 20
        wanted.nodeGraceSeconds = 8
        wanted.hasDNS = false
        #expect(found == wanted)
    }

    @Test(arguments: [
        ["--nodes", "-1"], ["--nodes", "x"], ["--underlay", "v5"], ["--subnet", "10.9.0.0"], ["--loss", "101%"],
        ["--mtu", "68"], ["--delay", "20"], ["--name", "A"], ["--store", "disk"],
    ])
    func `what cannot be is refused`(arguments: [String]) {
        #expect(throws: (any Error).self) { try LabUpCommand.parse(arguments).options() }
    }

    @Test func `a command comes after two dashes`() throws {
        let command = try LabExecCommand.parse(["--name", "two", "node-1", "--", "ip", "-br", "address"])
        #expect(command.place == "node-1" && command.command == ["ip", "-br", "address"])
        #expect(command.name.name == "two")
    }

    @Test func `a partition has one group, or two`() throws {
        let two = try LabPartitionCommand.parse(["cp", "node-1"])
        #expect(two.hosts == ["cp", "node-1"] && two.from == [])
        let groups = try LabPartitionCommand.parse(["node-1", "node-2", "--from", "cp", "node-3", "--name", "x"])
        #expect(groups.hosts == ["node-1", "node-2"] && groups.from == ["cp", "node-3"])
    }
}
