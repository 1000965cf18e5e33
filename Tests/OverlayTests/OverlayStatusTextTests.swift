import Addressing
import JSON
import Testing

@testable import Overlay

@Suite struct OverlayStatusTextTests {
    private static var status: OverlayStatus {
        var status = OverlayStatus()
        status.version = "1.0"
        status.name = "host1"
        status.id = "ID1"
        status.cluster = "blue"
        status.membership = "mesh"
        status.encryption = "off"
        status.encryptedPath = "wireguard-go"
        status.endpoint = .v4(0x0a00_0102)
        status.podMTU = 1_420
        status.podMTUReason = "1500 - 80"
        status.targets = [.init(text: "host2", state: "established", reason: "")]
        status.connections = [
            .init(isOutbound: true, remote: "10.0.2.2:6783", state: "established", info: "ID2(host2)"),
            .init(isOutbound: false, remote: "10.0.3.2:4711", state: "pending", info: ""),
        ]
        status.peers = [
            peer("ID1", "host1", isSelf: true, path: ""), peer("ID2", "host2", isSelf: false, path: "established"),
            peer("ID3", "host3", isSelf: false, path: "fallback"),
        ]
        status.ipam.state = "ready"
        status.ipam.ranges = ["10.32.0.0/12"].compactMap { IPPrefix($0) }
        status.ipam.prefixes = ["10.32.0.0/24"].compactMap { IPPrefix($0) }
        status.ipam.used = 1
        status.ipam.owners = [
            .init(name: "ID1(host1) IPv4", blocks: 3, total: 4, isReachable: true),
            .init(name: "ID3(host3) IPv4", blocks: 1, total: 4, isReachable: false),
        ]
        status.attachments = [
            .init(
                container: "c1",
                interface: "eth0",
                hostInterface: "tr1",
                addresses: [.v4(0x0a20_0001)],
                network: nil
            ),
            .init(
                container: "c2",
                interface: "net1",
                hostInterface: "tr2",
                addresses: [.v4(0x0a32_0001)],
                network: "blue"
            ),
        ]
        status.networks = [
            .init(name: "blue", vni: 500, prefixes: ["10.50.0.0/16"].compactMap { IPPrefix($0) }, members: ["host1"])
        ]
        status.repairs = ["removed": 2, "changed": 0]
        status.problems = ["link x: no"]
        status.drops = ["stranger": 7, "spoofed-source": 3, "injection": 1, "plaintext": 0]
        return status
    }

    private static func peer(_ id: String, _ name: String, isSelf: Bool, path: String) -> OverlayStatus.Peer {
        OverlayStatus.Peer(
            id: id,
            name: name,
            isSelf: isSelf,
            endpoint: .v4(0x0a00_0102),
            prefixes: ["10.32.0.0/24"].compactMap { IPPrefix($0) },
            path: path,
            transport: path == "fallback" ? "wireguard" : "vxlan",
            isEncrypted: path == "fallback",
            mtu: 1_420,
            roundTrip: 300,
            reason: path == "fallback" ? "VXLAN does not get through" : ""
        )
    }

    @Test func `the summary has Weave Net's words`() {
        #expect(
            Self.status.text() == """
                         Version: 1.0

                         Service: router
                            Name: ID1(host1)
                         Cluster: blue (members from mesh)
                        Endpoint: 10.0.1.2
                      Encryption: off (encrypted path: wireguard-go)
                         Pod MTU: 1420 (1500 - 80)
                         Targets: 1
                     Connections: 2 (1 established, 1 pending)
                           Peers: 3 (1 established, 1 fallback)

                         Service: ipam
                          Status: ready
                           Range: 10.32.0.0/12
                        Prefixes: 10.32.0.0/24
                            Used: 1

                         Service: data path
                     Attachments: 2
                        Networks: blue (VNI 500)
                         Repairs: 2 removed
                       Strangers: 7 packets dropped
                     Other drops: 1 injection, 3 spoofed-source
                         Problem: link x: no

                """
        )
    }

    @Test func `the other pages have a line for each thing`() {
        let status = Self.status
        #expect(status.text(.targets) == "host2                           established   \n")
        #expect(
            status.text(.connections) == """
                -> 10.0.2.2:6783               established ID2(host2)
                <- 10.0.3.2:4711               pending     \n
                """
        )
        let peers = status.text(.peers).split(separator: "\n")
        #expect(peers.count == 9)
        #expect(peers[0] == "ID1(host1) (this host)")
        #expect(peers[4].contains("established unencrypted vxlan mtu=1420 rtt=300us"))
        #expect(
            peers[7].contains("fallback    encrypted   wireguard") && peers[7].contains("(VXLAN does not get through)")
        )
        #expect(status.text(.ipam).contains("3 of 4 blocks (75.0%)"))
        #expect(status.text(.ipam).split(separator: "\n").last?.hasSuffix("unreachable!") == true)
        #expect(status.text(.attachments).split(separator: "\n").last?.hasSuffix("10.50.0.1  (blue)") == true)
        for page in StatusPage.allCases where page != .summary { #expect(OverlayStatus().text(page).isEmpty) }
    }

    @Test func `the report has all of it`() throws {
        var reader = JSONReader(Array(Self.status.json.utf8))
        var keys: [String] = []
        try reader.beginObject()
        while let key = try reader.nextKey() {
            keys.append(key)
            try reader.skipValue()
        }
        try reader.finish()
        #expect(
            keys == [
                "version", "name", "id", "cluster", "membership", "encryption", "encryptedPath", "endpoint", "podMTU",
                "podMTUReason", "targets", "connections", "peers", "ipam", "attachments", "networks", "repairs",
                "problems", "notices", "strangersDropped", "drops",
            ]
        )
        let json = Self.status.json
        for part in [
            #"{"target":"host2","state":"established","reason":""}"#, #""outbound":true,"remote":"10.0.2.2:6783""#,
            #""path":"fallback","transport":"wireguard","encrypted":true,"mtu":1420,"roundTripMicroseconds":300"#,
            #"{"name":"ID3(host3) IPv4","blocks":1,"total":4,"reachable":false}"#, #""vni":500"#, #""network":"blue""#,
            #""repairs":{"changed":0,"removed":2}"#, #""strangersDropped":7"#,
            #""drops":{"injection":1,"plaintext":0,"spoofed-source":3,"stranger":7}"#,
        ] {
            #expect(json.contains(part), "\(part) in \(json)")
        }
    }

    @Test func `a host is in order that has an address, a prefix of each family and no problem`() {
        var status = Self.status
        #expect(status.obstacles == ["link x: no"])
        status.problems = []
        #expect(status.obstacles.isEmpty)
        status.ipam.ranges += ["fd00::/48"].compactMap { IPPrefix($0) }
        status.ipam.state = "idle"
        status.endpoint = nil
        #expect(status.obstacles == ["no address that others could reach", "no prefix of IPv6 yet: idle"])
    }
}
