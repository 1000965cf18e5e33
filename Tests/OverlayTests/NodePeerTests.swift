import Addressing
import KubernetesAPI
import OverlayCore
import Testing

@testable import Overlay

@Suite struct NodePeerTests {
    private static let record = PeerRecord(
        id: PeerID(high: 0x1122_3344_5566_4788, low: 0x8899_aabb_ccdd_eeff),
        name: "node-1",
        instance: .max,
        started: 1_700_000_000,
        endpoints: [.v4(0x0a00_0102), .v6(high: 0xfd00 << 48, low: 2)],
        underlayPrefixLength: 24,
        vxlanPort: 7001,
        wireGuardPort: 7000,
        wireGuardKey: (0..<32).map { $0 * 8 },
        encryption: .prefer,
        underlayMTU: 9000,
        networks: [5, 16_777_215]
    )

    private static func node(
        _ annotation: String?,
        name: String = "node-1",
        podCIDRs: [String] = ["10.244.1.0/24", "fd44:0:0:1::/64"]
    ) -> Node {
        var metadata = ObjectMeta(name: name)
        if let annotation { metadata.annotations[NodePeer.annotation] = annotation }
        return Node(metadata: metadata, podCIDRs: podCIDRs)
    }

    @Test func `what a peer says of itself is read as it was written, with the Node's prefixes`() throws {
        let read = try NodePeer.decode(Self.node(NodePeer.encode(Self.record)))
        var expected = Self.record
        expected.prefixes = ["10.244.1.0/24", "fd44:0:0:1::/64"].compactMap { IPPrefix($0) }
        #expect(read == expected)
    }

    @Test func `a peer without an encrypted path has no key`() throws {
        var record = Self.record
        record.wireGuardKey = []
        record.wireGuardPort = 0
        record.networks = []
        let text = NodePeer.encode(record)
        #expect(!text.contains("wireGuard") && !text.contains("networks"))
        #expect(try NodePeer.decode(Self.node(text, podCIDRs: [])) == record)
    }

    @Test func `a Node whose daemon has said nothing is no member yet`() throws {
        #expect(try NodePeer.decode(Self.node(nil)) == nil)
    }

    @Test func `what a later version adds is skipped`() throws {
        let text = #"{"id":"11223344-5566-4788-8899-aabbccddeeff","later":{"a":[1]},"vtepMAC":"x"}"#
        #expect(try NodePeer.decode(Self.node(text))?.id == Self.record.id)
    }

    @Test(arguments: [
        ("", "offset"), ("{}", "id: is missing"), (#"{"id":"x"}"#, "id: must be a UUID"),
        (#"{"instance":"xyz"}"#, "instance: must be hexadecimal"),
        (#"{"endpoints":["host"]}"#, "endpoints: must be IP"),
        (#"{"underlayPrefixLength":129}"#, "0 to 128"), (#"{"underlayMTU":1}"#, "576 to 65536"),
        (#"{"vxlanPort":65536}"#, "vxlanPort: must be a port"), (#"{"wireGuardPort":-1}"#, "a port"),
        (#"{"wireGuardKey":"00"}"#, "64 hexadecimal digits"), (#"{"encryption":"maybe"}"#, "require, prefer or off"),
        (#"{"networks":[-1]}"#, "VNIs"), (#"{"networks":[16777216]}"#, "VNIs"),
        (#"{"started":99999999999999999999}"#, "started"),
    ])
    func `what makes no sense is refused, with the field`(text: String, reason: String) {
        let error = #expect(throws: NodePeerError.self) { try NodePeer.decode(Self.node(text)) }
        #expect(error?.field == "metadata.annotations[overlay.trama.dev/peer]")
        if reason != "offset", reason != "started" {
            #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
        }
    }

    @Test func `a prefix that is none is refused, with its place`() {
        let error = #expect(throws: NodePeerError.self) {
            try NodePeer.decode(Self.node(NodePeer.encode(Self.record), podCIDRs: ["10.244.1.0/24", "x"]))
        }
        #expect(error?.field == "spec.podCIDRs[1]")
    }
}
