import Addressing
import KubernetesTesting
import Testing

@testable import ClusterDNS

@Suite("Whose questions are passed on")
struct ForwardingClientsTests {
    private func has(_ text: String, _ clients: ForwardingClients, subnets: [String] = []) throws -> Bool {
        let client = try #require(IPAddress(text))
        return clients.contain(client) { subnets.compactMap { IPPrefix($0) } }
    }

    @Test(
        "The neighbourhood's",
        arguments: [
            "10.1.2.3", "172.31.0.1", "192.168.1.1", "100.127.0.1", "127.0.0.1", "169.254.1.1", "::1", "fe80::1",
            "fd00::1",
        ]
    )
    func near(text: String) throws {
        #expect(try has(text, .neighbourhood))
        #expect(try has(text, .everybody))
        #expect(try !has(text, ForwardingClients(includesNeighbourhood: false)))
    }

    @Test("Nobody else's", arguments: ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2001:db8::1"])
    func far(text: String) throws {
        #expect(try !has(text, .neighbourhood))
        #expect(try has(text, .everybody))
    }

    @Test("Those of own subnets, and of ranges that are named")
    func ranges() throws {
        #expect(try has("203.0.113.9", .neighbourhood, subnets: ["203.0.113.0/24"]))
        #expect(try !has("203.0.114.9", .neighbourhood, subnets: ["203.0.113.0/24"]))
        let named = ForwardingClients([try #require(IPPrefix("2001:db8::/32"))], includesNeighbourhood: false)
        #expect(try has("2001:db8::1", named))
        #expect(try !has("10.0.0.1", named))
    }

    @Test("A link's subnet follows from its mask; what is everything is none")
    func masks() throws {
        func subnet(_ address: String, _ mask: String) throws -> String? {
            LocalAddresses.subnet(of: try #require(IPAddress(address)), mask: try #require(IPAddress(mask)))?
                .description
        }
        #expect(try subnet("203.0.113.9", "255.255.255.0") == "203.0.113.0/24")
        #expect(try subnet("2001:db8::9", "ffff:ffff:ffff:ffff::") == "2001:db8::/64")
        #expect(try subnet("203.0.113.9", "0.0.0.0") == nil)
        #expect(LocalAddresses.subnets().contains { $0.contains(.v4(0x7f00_0001)) })
    }

    @Test("Subnets are read seldom, and the first client that is refused is logged")
    func policy() {
        let log = LogRecorder()
        let policy = ForwardingPolicy(.neighbourhood, logger: log.logger) { [] }
        #expect(policy.allows(.v4(0x0a00_0001)))
        for client in [1, 2] as [UInt32] { #expect(!policy.allows(.v4(0x0808_0800 + client))) }
        #expect(!policy.allows(nil))
        #expect(log.all.filter { $0.contains("8.8.8.1") }.count == 1)
        #expect(!log.all.contains { $0.contains("8.8.8.2") })
    }
}
