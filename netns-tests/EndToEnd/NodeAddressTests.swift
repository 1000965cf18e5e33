import Addressing
import Netlink
import Testing

/// NodePorts are served on the addresses that the node has at the time.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct NodeAddressTests {
    private static let manifest = Manifest(
        clusterIP: "172.30.0.1",
        spec: ["type: NodePort"],
        nodePort: "30080",
        endpoints: [ProxyTestBed.one]
    )

    private static func remove(_ address: String, length: Int, from link: String, of host: Host) async throws {
        let value = try #require(IPAddress(address))
        let index = try await host.index(of: link)
        try await host.network.removeAddress(
            InterfaceAddress(interface: index, address: value, prefixLength: length)
        )
    }

    @Test func `NodePorts of a range follow its addresses`() async throws {
        let bed = try await ProxyTestBed()
        try bed.folder.write("web.yaml", Self.manifest.yaml)
        try await bed.start("--nodeport-addresses", "10.0.1.0/24")
        try await bed.expect(["one"], at: "10.0.1.1", 30_080)
        // The node has it, but it is not in the range.
        #expect(await bed.flow("10.0.2.1", 30_080, timeout: .seconds(2)) == .refused)

        try await bed.node.addAddress("10.0.1.77/24", to: "client")
        try await bed.expect(["one"], at: "10.0.1.77", 30_080)
        try await Self.remove("10.0.1.77", length: 24, from: "client", of: bed.node)
        try await eventually("the address to be gone") { try await !bed.listing().contains("10.0.1.77") }
        try await bed.expect(["one"], at: "10.0.1.1", 30_080)
    }

    @Test func `primary is the address of the default route, and the Node's own once it says one`() async throws {
        let bed = try await ProxyTestBed()
        try bed.folder.write("web.yaml", Self.manifest.yaml)
        try await bed.start()
        try await bed.expect(["one"], at: "10.0.1.1", 30_080)
        #expect(await bed.flow("10.0.2.1", 30_080, timeout: .seconds(2)) == .refused)

        try bed.folder.write("node.yaml", Manifest.node(address: "10.0.2.1"))
        try await bed.expect(["one"], at: "10.0.2.1", 30_080)
        #expect(await bed.flow("10.0.1.1", 30_080, timeout: .seconds(2)) == .refused)

        // An address that the Node has in its status before the machine has it.
        try bed.folder.write("node.yaml", Manifest.node(address: "10.0.1.78"))
        try await eventually("no NodePorts") { try await !bed.listing().contains("10.0.2.1 .") }
        try await bed.node.addAddress("10.0.1.78/24", to: "client")
        try await bed.expect(["one"], at: "10.0.1.78", 30_080)
    }

    @Test func `what does not change the node's own addresses changes no rules`() async throws {
        let bed = try await ProxyTestBed()
        try bed.folder.write("node.yaml", Manifest.node)
        try bed.folder.write("web.yaml", Self.manifest.yaml)
        let proxy = try await bed.start("-v", "4")
        let before = try await bed.listing()
        try await bed.node.addAddress("10.0.1.79/24", to: "client")
        try await proxy.line(with: "addresses of this machine", "10.0.1.79")
        try await bed.expect(["one"], at: "10.0.1.1", 30_080)
        #expect(try await bed.listing() == before)
    }
}
