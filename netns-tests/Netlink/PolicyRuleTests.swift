import Addressing
import Netlink
import Testing

@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct PolicyRuleTests {
    @Test(arguments: IPFamily.allCases)
    func `a rule sends sockets of a link to a table`(family: IPFamily) async throws {
        let host = try await Host.make("host")
        try await host.network.addRule(
            PolicyRule(family: family, priority: 1001, outgoingLink: "left", table: 1002)
        )
        let rules = try await host.run("ip", family == .ipv4 ? "-4" : "-6", "rule", "list", "priority", "1001")
        #expect(rules.contains("from all oif left [detached] lookup 1002"))
        await #expect(throws: NetlinkError.self) {
            try await host.network.addRule(
                PolicyRule(family: family, priority: 1001, outgoingLink: "left", table: 1002)
            )
        }
    }
}
