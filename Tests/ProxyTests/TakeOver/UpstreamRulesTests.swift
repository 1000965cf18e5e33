import NFTables
import Testing

@testable import Proxy

@Suite struct UpstreamRulesTests {
    @Test(
        "what kube-proxy made is told from what others made",
        arguments: [
            ("KUBE-SERVICES", true), ("KUBE-SVC-ERIFXISQEP7F7OF4", true), ("KUBE-SEP-6E7XQMQ4RAYOWTTM", true),
            ("KUBE-MARK-MASQ", true), ("KUBE-PROXY-CANARY", true), ("KUBE-KUBELET-CANARY", false),
            ("KUBE-FIREWALL", false), ("KUBE-IPTABLES-HINT", false), ("PREROUTING", false), ("cali-PREROUTING", false),
            ("MY-KUBE-SERVICES", false), ("kube-services", false),
        ]
    )
    func chains(name: String, isUpstream: Bool) {
        #expect(UpstreamRules.isUpstreamChain(name) == isUpstream)
    }

    @Test func removingUpstreamsChainsLeavesTheRulesOfOthers() async throws {
        let table = TableID(family: .ip, name: "nat")
        let backend = FakeNFTables()
        var before = Transaction()
        before.addTable(Table(id: table))
        for name in ["KUBE-SERVICES", "KUBE-SVC-A", "KUBE-SEP-B", "KUBE-KUBELET-CANARY", "cali-nat"] {
            before.addChain(Chain(name), in: table)
        }
        before.addChain(Chain("PREROUTING", hook: BaseHook(.nat, .prerouting, priority: .dstnat)), in: table)
        before.addRule([.verdict(.jump("cali-nat"))], chain: "PREROUTING", in: table)
        before.addRule([.counter(.init()), .verdict(.jump("KUBE-SERVICES"))], chain: "PREROUTING", in: table)
        before.addRule([.verdict(.jump("KUBE-SVC-A"))], chain: "KUBE-SERVICES", in: table)
        before.addRule([.verdict(.jump("KUBE-SEP-B"))], chain: "KUBE-SVC-A", in: table)
        try await backend.commit(before)

        let snapshot = try #require(await backend.snapshot(of: table) { _ in true })
        try await backend.commit(UpstreamRules.removal(from: snapshot))

        let after = try #require(await backend.snapshot(of: table) { _ in true })
        #expect(after.chains.keys.sorted() == ["KUBE-KUBELET-CANARY", "PREROUTING", "cali-nat"])
        #expect(after.rules["PREROUTING"]?.map(\.rule) == [Rule([.verdict(.jump("cali-nat"))])])
        #expect(UpstreamRules.removal(from: after).isEmpty)
    }
}
