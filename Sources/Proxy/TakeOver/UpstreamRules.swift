import NFTables

/// What upstream kube-proxy leaves in the kernel, in nftables mode and in iptables mode over nftables (`iptables-nft`).
///
/// Taken over by deleting it after our rules are in: both may be there at once, since a connection is translated by whichever
/// chain sees it first, and lands on an endpoint of the same Service either way. What the kubelet made (`KUBE-FIREWALL`,
/// `KUBE-KUBELET-CANARY`, `KUBE-IPTABLES-HINT`) stays.
enum UpstreamRules {
    /// The tables of nftables mode.
    static let tables = [TableID(family: .ip, name: "kube-proxy"), TableID(family: .ip6, name: "kube-proxy")]

    /// The tables in which iptables mode makes chains.
    static let sharedTables = [TableFamily.ip, .ip6].flatMap { family in
        ["nat", "filter", "mangle", "raw"].map { TableID(family: family, name: $0) }
    }

    /// Chains of iptables mode that have this name.
    private static let chainNames: Set<String> = [
        "KUBE-SERVICES", "KUBE-EXTERNAL-SERVICES", "KUBE-NODEPORTS", "KUBE-POSTROUTING", "KUBE-MARK-MASQ",
        "KUBE-FORWARD",
        "KUBE-PROXY-FIREWALL", "KUBE-PROXY-CANARY", "KUBE-SOURCE-RANGES-FIREWALL", "KUBE-NODE-PORT",
        "KUBE-LOAD-BALANCER",
        "KUBE-IPVS-FILTER", "KUBE-IPVS-OUT-FILTER",
    ]
    /// Chains of iptables mode whose name begins so, one per Service or endpoint.
    private static let chainPrefixes = ["KUBE-SVC-", "KUBE-SVL-", "KUBE-EXT-", "KUBE-FW-", "KUBE-SEP-", "KUBE-XLB-"]

    static func isUpstreamChain(_ name: String) -> Bool {
        chainNames.contains(name) || chainPrefixes.contains { name.hasPrefix($0) }
    }

    /// What removes upstream's chains, and the rules that lead to them, from a table that others use too; empty where there is
    /// nothing of upstream's.
    static func removal(from snapshot: Snapshot) -> Transaction {
        var transaction = Transaction()
        let table = snapshot.table.id
        let chains = snapshot.chains.keys.filter(isUpstreamChain).sorted()
        for (chain, rules) in snapshot.rules.sorted(by: { $0.key < $1.key }) where !isUpstreamChain(chain) {
            for rule in rules where rule.rule.leads(to: isUpstreamChain) {
                transaction.deleteRule(handle: rule.handle, chain: chain, in: table)
            }
        }
        // Emptied first: they lead to one another.
        for chain in chains { transaction.flushChain(chain, in: table) }
        for chain in chains { transaction.deleteChain(chain, in: table) }
        return transaction
    }
}

extension Rule {
    fileprivate func leads(to isTarget: (String) -> Bool) -> Bool {
        expressions.contains { expression in
            guard case .immediate(.verdict(let verdict)) = expression else { return false }
            return verdict.chain.map(isTarget) ?? false
        }
    }
}
