import Addressing
import ClusterDNS
import Testing

@testable import ClusterDNS

@Suite("Addresses of servers")
struct ServerEndpointTests {
    @Test(
        "An address is read with or without a port",
        arguments: [
            ("10.0.0.1", "10.0.0.1:53"), ("10.0.0.1:5353", "10.0.0.1:5353"), ("fd00::1", "[fd00::1]:53"),
            ("[fd00::1]", "[fd00::1]:53"), ("[fd00::1]:5353", "[fd00::1]:5353"),
        ]
    )
    func read(text: String, description: String) {
        #expect(ServerEndpoint(text)?.description == description)
    }

    @Test("What is no address is refused", arguments: ["", "dns", "10.0.0.1:", "10.0.0.1:65536", "[fd00::1", "[]:53"])
    func refused(text: String) {
        #expect(ServerEndpoint(text) == nil)
    }

    @Test("The name servers of resolv.conf are read, each once")
    func resolverFile() {
        let text = """
            # comment
            domain example
            nameserver 10.0.0.1
            nameserver\tfd00::1
             nameserver 10.0.0.2 trailing
            nameserver nonsense
            nameserver fe80::1%eth0
            nameserver 10.0.0.1
            nameserver
            options ndots:5
            """
        #expect(ResolverFile.nameServers(text).map(\.description) == ["10.0.0.1:53", "[fd00::1]:53", "10.0.0.2:53"])
        let many = (0..<100).map { "nameserver 10.0.0.\($0)\n" }.joined()
        #expect(ResolverFile.nameServers(many).count == ResolverFile.serverLimit)
    }
}
