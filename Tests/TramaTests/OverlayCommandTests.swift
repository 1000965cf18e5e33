import Addressing
import ArgumentParser
import Observability
import Overlay
import OverlayCore
import Testing

@testable import trama

@Suite struct OverlayCommandTests {
    private static func configuration(_ arguments: String...) throws -> OverlayConfiguration {
        try OverlayLaunchCommand.parse(arguments).makeConfiguration()
    }

    @Test func `without flags everything is as people know it`() throws {
        var expected = OverlayConfiguration(membership: .mesh(tokenFile: "/etc/trama/token"))
        expected.bootstrap = .initialPeers(1)
        #expect(try Self.configuration() == expected)
        #expect(expected.port == 6783 && expected.vxlanPort == 6784)
        #expect(expected.statusAddress?.description == "127.0.0.1:6784")
    }

    @Test func `every flag does what it says`() throws {
        var expected = OverlayConfiguration(membership: .mesh(tokenFile: "/t"))
        expected.targets = ["host2", "[fd00::1]:7000"]
        expected.cluster = "blue"
        expected.name = "host1"
        expected.ranges = ["10.0.0.0/12", "fd00::/56"].compactMap { IPPrefix($0) }
        expected.blockLengths = [.ipv4: 22, .ipv6: 68]
        expected.bootstrap = .seeds(["host1", "host2"])
        expected.masquerades = false
        expected.encryption = .off
        expected.usesDirectRoutes = true
        expected.podMTU = 1_300
        expected.vni = 99
        expected.endpoint = .v4(0x0a00_0001)
        expected.port = 7_000
        expected.statusAddress = ListenAddress(host: "::1", port: 7_002)
        expected.stateFolder = "/s"
        expected.socketPath = "/sock"
        expected.vxlanDevice = "tx0"
        expected.wireGuardDevice = "tw0"
        expected.log = LogSettings(format: .json, verbosity: 4)
        let given = try Self.configuration(
            "--token-file",
            "/t",
            "--cluster",
            "blue",
            "--name",
            "host1",
            "--range",
            "10.0.0.0/12",
            "--range",
            "fd00::/56",
            "--block-length",
            "22",
            "--block-length-v6",
            "68",
            "--ipam-seed",
            "host1,host2",
            "--no-masquerade",
            "--direct",
            "--encryption",
            "off",
            "--mtu",
            "1300",
            "--vni",
            "99",
            "--endpoint",
            "10.0.0.1",
            "--port",
            "7000",
            "--http-address",
            "[::1]:7002",
            "--state-dir",
            "/s",
            "--socket",
            "/sock",
            "--vxlan-device",
            "tx0",
            "--wireguard-device",
            "tw0",
            "--logging-format",
            "json",
            "-v4",
            "--membership-provider",
            "mesh",
            "host2",
            "[fd00::1]:7000"
        )
        #expect(given == expected)
        #expect(try Self.configuration("--http-address", "").statusAddress == nil)
        #expect(try Self.configuration("--encryption", "require").encryption == .require)
        #expect(try Self.configuration("--v", "2").log.verbosity == 2)
        let kubernetes = try Self.configuration(
            "--membership-provider",
            "kubernetes",
            "--kubeconfig",
            "/k",
            "--node-name",
            "n1"
        )
        #expect(kubernetes.membership == .kubernetes(kubeconfig: "/k", nodeName: "n1"))
    }

    @Test func `by default this peer and those that are named divide the range`() throws {
        #expect(try Self.configuration("a", "b").bootstrap == .initialPeers(3))
        #expect(try Self.configuration("--initial-peers", "5", "a").bootstrap == .initialPeers(5))
    }

    @Test(arguments: [
        ["launch", "--range", "10.0.0.1/12"], ["launch", "--ipam-seed", "a", "--initial-peers", "2"],
        ["launch", "--direct", "--encryption", "prefer"], ["launch", "--http-address", "localhost:80"],
        ["launch", "--membership-provider", "etcd"], ["launch", "--port", "70000"], ["launch", "--mtu", "-1"],
        ["launch", "a:b:c"], ["connect"], ["forget"], ["rmpeer"], ["status", "nothing"], ["token", "file"],
        ["reset", "x"],
    ])
    func `what cannot be understood is refused`(arguments: [String]) {
        #expect(throws: (any Error).self) { try OverlayCommand.parseAsRoot(arguments) }
    }

    @Test(arguments: [
        ("web", "/var/run/netns/web", "web"), ("4711", "/proc/4711/ns/net", "4711"),
        ("/proc/5/ns/net", "/proc/5/ns/net", "_proc_5_ns_net"), ("./x", "./x", "._x"),
    ])
    func `a namespace is a name, a process or a path`(text: String, path: String, identifier: String) {
        #expect(NamespacePath.of(text) == path || NamespacePath.of(text) == path.replacing("/var/run", with: "/run"))
        #expect(NamespacePath.identifier(text) == identifier)
    }

    @Test func `an interface in a network is called after it, unless told otherwise`() throws {
        let command = try NetworkJoinCommand.parse(["a-network-with-a-long-name", "web"])
        let key = "\(command.target.key(in: command.name))"
        #expect(key.contains("a-network-with-") && !key.contains("a-network-with-a"))
        let other = try NetworkJoinCommand.parse(["blue", "web", "10.50.0.5", "--interface", "net0"])
        #expect("\(other.target.key(in: other.name))".contains("net0"))
        #expect(other.addresses == [.v4(0x0a32_0005)])
    }
}
