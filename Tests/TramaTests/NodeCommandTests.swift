import Addressing
import ArgumentParser
import Node
import Observability
import Overlay
import Testing

@testable import trama

@Suite struct NodeCommandTests {
    private static func configuration(_ arguments: String...) throws -> NodeConfiguration {
        try NodeCommand.parse(arguments).makeConfiguration()
    }

    @Test func `without flags ports, folders and ranges are those that people know`() throws {
        let configuration = try Self.configuration()
        #expect(configuration.kubeconfig == "/etc/kubernetes/kubelet.conf")
        #expect(configuration.servers.port == 10_250)
        #expect(configuration.servers.healthzAddress == ListenAddress(host: "127.0.0.1", port: 10_248))
        #expect(configuration.maxPods == 110)
        #expect(configuration.leaseDuration == .seconds(40))
        #expect(configuration.cni.configurationFolder == "/etc/cni/net.d")
        #expect(configuration.clusterRanges.map(\.description) == ["10.244.0.0/16"])
        #expect(configuration.overlay?.stateFolder == "/var/lib/trama/overlay")
        #expect(configuration.overlay?.statusAddress == ListenAddress(host: "127.0.0.1", port: 6_784))
        #expect(configuration.proxyFlags?["metrics-bind-address"] == "127.0.0.1:10249")
        #expect(!configuration.stopsPods)
    }

    @Test func `lists may stand in one argument or in several`() throws {
        let configuration = try Self.configuration(
            "--node-ip",
            "10.0.0.1,fd00::1",
            "--node-labels",
            "a=b,c=d",
            "--node-labels",
            "e=",
            "--register-with-taints",
            "x=y:NoSchedule,z:NoExecute",
            "--cluster-dns",
            "10.96.0.10",
            "--cluster-cidr",
            "10.0.0.0/8,fd01::/48"
        )
        #expect(configuration.nodeAddresses.map(\.description) == ["10.0.0.1", "fd00::1"])
        #expect(configuration.labels == ["a": "b", "c": "d", "e": ""])
        #expect(
            configuration.taints == [
                .init(key: "x", value: "y", effect: "NoSchedule"), .init(key: "z", effect: "NoExecute"),
            ]
        )
        #expect(configuration.clusterDNS.map(\.description) == ["10.96.0.10"])
        #expect(configuration.clusterRanges.map(\.description) == ["10.0.0.0/8", "fd01::/48"])
    }

    @Test func `several nodes on one machine keep apart what they have`() throws {
        let configuration = try Self.configuration(
            "--name",
            "n1",
            "--state-dir",
            "/s",
            "--socket",
            "/s/overlay.sock",
            "--wireguard-device",
            "wg1",
            "--log-dir",
            "/l",
            "--cgroup-root",
            "/lab/n1",
            "--healthz-port",
            "0",
            "--stop-pods"
        )
        #expect(configuration.nodeNameOverride == "n1")
        #expect(configuration.stateFolder == "/s" && configuration.overlay?.stateFolder == "/s/overlay")
        #expect(configuration.overlay?.socketPath == "/s/overlay.sock")
        #expect(configuration.overlay?.wireGuardDevice == "wg1")
        #expect(configuration.logFolder == "/l" && configuration.cgroup == "lab/n1")
        #expect(configuration.servers.healthzAddress == nil && configuration.stopsPods)
    }

    @Test func `proxy and overlay can be left to others`() throws {
        let configuration = try Self.configuration("--no-proxy", "--no-overlay", "--cgroup-root", "")
        #expect(configuration.proxyFlags == nil && configuration.overlay == nil && configuration.cgroup == nil)
    }

    @Test(arguments: [
        ["--node-ip", "nowhere"], ["--node-ip", "127.0.0.1"], ["--node-labels", "a"], ["--max-pods", "0"],
        ["--register-with-taints", "a=b"], ["--cluster-cidr", "10.0.0.0/33"], ["--kubelet-port", "0"],
        ["--node-lease-duration", "0"], ["--direct", "--encryption", "require"], ["--overlay-http-address", "here"],
        ["--tls-cert-file", "/c"],
    ])
    func `what cannot be is refused before anything is touched`(_ arguments: [String]) {
        #expect(throws: (any Error).self) { try NodeCommand.parse(arguments).makeConfiguration() }
    }
}
