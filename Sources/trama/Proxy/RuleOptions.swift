import ArgumentParser
import Proxy

/// The rules.
struct RuleOptions: FlagGroup {
    @Option(
        parsing: .unconditional,
        help: .value("name", "The name of our nftables tables, in the families ip and ip6. (default: trama)")
    )
    var tableName: String?

    @Option(
        parsing: .unconditional,
        help: .value("mode", "nftables; iptables and ipvs are accepted and mean the same.")
    )
    var proxyMode: String?

    @Option(parsing: .unconditional, help: .flag("Masquerade all traffic to ClusterIPs, wherever it comes from."))
    var masqueradeAll: String?

    var given: [(name: String, value: String?)] {
        [
            ("table-name", tableName),
            ("proxy-mode", proxyMode),
            ("masquerade-all", masqueradeAll),
        ]
    }
}
