import Addressing
import ArgumentParser
import ControlPlane
import Controllers
import Glibc
import Observability
import Testing

@testable import trama

@Suite struct ControlPlaneCommandTests {
    private static func configuration(_ arguments: String...) throws -> ControlPlaneConfiguration {
        try ControlPlaneRunCommand.parse(arguments).options.makeConfiguration()
    }

    @Test func `without flags everything is as people know it`() throws {
        let configuration = try Self.configuration()
        #expect(configuration.port == 6_443 && configuration.bindAddress == "0.0.0.0")
        #expect(configuration.serviceRanges.map(\.description) == ["10.96.0.0/12"])
        #expect(configuration.nodePorts == 30_000...32_767)
        #expect(configuration.podRanges.map(\.range.description) == ["10.244.0.0/16"])
        #expect(configuration.nodeGracePeriod == .seconds(40))
        #expect(configuration.runsControllers && configuration.etcdServers.isEmpty)
        #expect(configuration.givesAccounts)
    }

    @Test func `every flag does what it says`() throws {
        let configuration = try Self.configuration(
            "--folder",
            "/f",
            "--bind-address",
            "::1",
            "--secure-port",
            "7000",
            "--advertise-address",
            "fd00::1",
            "--cert-sans",
            "api.example.org,192.0.2.1",
            "--service-cluster-ip-range",
            "10.0.0.0/24,fd00:1::/112",
            "--service-node-port-range",
            "31000-31999",
            "--token-auth-file",
            "/t",
            "--etcd-servers",
            "https://a:2379,https://b:2379",
            "--etcd-cafile",
            "/ca",
            "--etcd-certfile",
            "/cert",
            "--etcd-keyfile",
            "/key",
            "--cluster-cidr",
            "10.8.0.0/16,fd00:8::/48",
            "--node-cidr-mask-size-ipv4",
            "26",
            "--node-cidr-mask-size-ipv6",
            "60",
            "--node-monitor-grace-period",
            "20",
            "--controllers",
            "false",
            "--disable-admission-plugins",
            "ServiceAccount",
            "--logging-format",
            "json",
            "-v",
            "4"
        )
        #expect(configuration.folder == "/f")
        #expect(configuration.bindAddress == "::1" && configuration.port == 7_000)
        #expect(configuration.advertisedHost == "fd00::1")
        #expect(configuration.certificateNames == ["api.example.org", "192.0.2.1"])
        #expect(configuration.serviceRanges.map(\.description) == ["10.0.0.0/24", "fd00:1::/112"])
        #expect(configuration.nodePorts == 31_000...31_999)
        #expect(configuration.tokenFile == "/t")
        #expect(configuration.etcdServers == ["https://a:2379", "https://b:2379"])
        #expect(configuration.etcdFiles == ("/ca", "/cert", "/key"))
        #expect(configuration.podRanges.map(\.range.description) == ["10.8.0.0/16", "fd00:8::/48"])
        #expect(configuration.podRanges.map(\.nodeLength) == [26, 60])
        #expect(configuration.nodeGracePeriod == .seconds(20))
        #expect(!configuration.runsControllers)
        #expect(!configuration.givesAccounts)
        #expect(configuration.log == LogSettings(format: .json, verbosity: 4))
    }

    @Test(
        "what cannot be is refused, and the flag is named",
        arguments: [
            ("--service-cluster-ip-range", "10.0.0.0/24,10.1.0.0/24"), ("--service-node-port-range", "32000-31000"),
            ("--cluster-cidr", "10.0.0.0/28"), ("--cluster-cidr", "nonsense"), ("--node-monitor-grace-period", "0"),
            ("--logging-format", "xml"), ("--disable-admission-plugins", "ServiceAccount,Priority"),
        ]
    )
    func refusals(flag: String, value: String) {
        #expect {
            try ControlPlaneRunCommand.parse([flag, value])
        } throws: { error in
            ControlPlaneRunCommand.message(for: error).contains(flag)
        }
    }

    @Test func `the page of flags names every flag`() throws {
        var path = #filePath
        for _ in 0..<3 { path = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? path }
        let page = try SmallFile.read(path + "/README.md")
        let help = ControlPlaneRunCommand.helpMessage() + ControlPlaneKubeconfigCommand.helpMessage()
        let flags = Set(help.split { !($0.isLetter || $0.isNumber || $0 == "-") }.filter { $0.hasPrefix("--") })
        #expect(flags.count > 15)
        for flag in flags where flag != "--help" && flag != "--version" {
            #expect(page.contains("`\(flag)"), "\(flag)")
        }
    }
}
