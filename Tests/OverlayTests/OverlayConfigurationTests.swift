import Addressing
import Netlink
import Observability
import OverlayCore
import Testing

@testable import Overlay

@Suite struct OverlayConfigurationTests {
    /// The faults of a configuration with that change.
    private static func fault(_ change: (inout OverlayConfiguration) -> Void) -> String? {
        var configuration = OverlayConfiguration(membership: .mesh(tokenFile: "/etc/trama/token"))
        change(&configuration)
        do throws(OverlayConfigurationError) {
            try configuration.check()
            return nil
        } catch {
            return error.description
        }
    }

    private static func prefixes(_ texts: String...) -> [IPPrefix] { texts.compactMap { IPPrefix($0) } }

    @Test func `the defaults are fine, and so are ranges of one family and small ones`() {
        #expect(Self.fault { _ in } == nil)
        #expect(Self.fault { $0.ranges = Self.prefixes("10.0.0.0/8") } == nil)
        #expect(Self.fault { $0.ranges = Self.prefixes("fd00:1::/48") } == nil)
        #expect(
            Self.fault {
                $0.ranges = Self.prefixes("10.32.0.0/28")
                $0.blockLengths[.ipv4] = 30
            } == nil
        )
        #expect(Self.fault { $0.targets = ["host", "host:1", "[fd00::1]:6783"] } == nil)
    }

    @Test func `what cannot work is refused with the flag and its value`() {
        let faults: [(String?, String)] = [
            (Self.fault { $0.ranges = [] }, "--range: must name a range"),
            (Self.fault { $0.ranges = Self.prefixes("10.0.0.0/12", "10.32.0.0/12") }, "two ranges of IPv4"),
            (Self.fault { $0.ranges = Self.prefixes("10.0.0.0/25") }, "--block-length 24: must be 25 to 30"),
            (Self.fault { $0.blockLengths[.ipv4] = 31 }, "--block-length 31: must be 12 to 30"),
            (Self.fault { $0.blockLengths[.ipv6] = 80 }, "--block-length 80: must be 48 to 72"),
            (Self.fault { $0.ranges = Self.prefixes("239.0.0.0/12") }, "unicast"),
            (Self.fault { $0.ranges = Self.prefixes("127.0.0.0/12") }, "unicast"),
            (Self.fault { $0.ranges = [PeerID.wireGuardPrefix] }, "the encrypted path needs"),
            (Self.fault { $0.port = 0 }, "--port 0"), (Self.fault { $0.port = .max }, "--port 65535"),
            (Self.fault { $0.vni = 0 }, "--vni 0"), (Self.fault { $0.vni = 1 << 24 }, "--vni 16777216"),
            (Self.fault { $0.podMTU = 575 }, "--mtu 575"), (Self.fault { $0.podMTU = 1_279 }, "IPv6 needs 1280"),
            (Self.fault { $0.vxlanDevice = "" }, "--vxlan-device"),
            (Self.fault { $0.vxlanDevice = "0123456789abcdef" }, "1 to 15"),
            (Self.fault { $0.wireGuardDevice = ".." }, "--wireguard-device"),
            (Self.fault { $0.wireGuardDevice = $0.vxlanDevice }, "already"),
            (Self.fault { $0.endpoint = .v4(0) }, "--endpoint 0.0.0.0"),
            (Self.fault { $0.endpoint = .v4(0xe000_0001) }, "--endpoint 224.0.0.1"),
            (Self.fault { $0.bootstrap = .seeds([]) }, "--ipam-seed"),
            (Self.fault { $0.bootstrap = .seeds(["a", "a"]) }, "different peers"),
            (Self.fault { $0.bootstrap = .initialPeers(0) }, "--initial-peers 0"),
            (Self.fault { $0.bootstrap = .initialPeers(1_001) }, "--initial-peers 1001"),
            (Self.fault { $0.name = "" }, "--name"), (Self.fault { $0.name = "a,b" }, "--name"),
            (Self.fault { $0.name = "a\nb" }, "--name"), (Self.fault { $0.cluster = "a b" }, "--cluster"),
            (Self.fault { $0.cluster = String(repeating: "a", count: 254) }, "1 to 253"),
            (Self.fault { $0.targets = ["host:0"] }, "peer \"host:0\""),
        ]
        for (fault, expected) in faults {
            #expect(fault?.contains(expected) == true, "\(fault ?? "nothing"): \(expected)")
        }
    }

    @Test func `ports that are looked at are those that nothing of ours has`() {
        var configuration = OverlayConfiguration(membership: .mesh(tokenFile: ""))
        configuration.port = 7000
        func ports(_ links: String...) -> [String] {
            PortCheck.uses(
                configuration,
                links: links.map { Link(name: $0) },
                isOurs: { ["trama.vxlan", "trama.wg"].contains($0) || HostNetwork.isOverlayLink($0) }
            )
            .map { "\($0.transport) \($0.address)" }
        }
        #expect(
            ports("eth0") == [
                "TCP 0.0.0.0:7000", "TCP [::]:7000", "TCP 127.0.0.1:6784", "UDP 0.0.0.0:7001", "UDP [::]:7001",
                "UDP 0.0.0.0:7000", "UDP [::]:7000",
            ]
        )
        #expect(ports("trama.vxlan", "trama.wg") == ["TCP 0.0.0.0:7000", "TCP [::]:7000", "TCP 127.0.0.1:6784"])
        #expect(!ports("tv-5").contains("UDP 0.0.0.0:7001"))
        configuration.membership = .kubernetes(kubeconfig: nil, nodeName: nil)
        configuration.statusAddress = nil
        #expect(ports("trama.vxlan", "trama.wg").isEmpty)
    }
}
