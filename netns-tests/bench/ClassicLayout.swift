/// The layout of upstream kube-proxy 1.36, as the text that it gives `nft`: a chain for each Service, with the Service's
/// endpoints as an anonymous map in its one rule.
enum ClassicLayout {
    /// The whole table, one command to a line.
    static func text(of workload: Workload) -> [UInt8] {
        var text = """
            add table ip kube-proxy { comment "rules for kube-proxy" ; }
            add set ip kube-proxy cluster-ips { type ipv4_addr ; }
            add set ip kube-proxy hairpin-connections { type ipv4_addr . ipv4_addr . inet_proto . inet_service ; }
            add map ip kube-proxy service-ips { type ipv4_addr . inet_proto . inet_service : verdict ; }
            add map ip kube-proxy no-endpoint-services { type ipv4_addr . inet_proto . inet_service : verdict ; }
            add map ip kube-proxy firewall-ips { type ipv4_addr . inet_proto . inet_service : verdict ; }

            """
        for (chain, hook, rules) in baseChains {
            let declaration = hook.isEmpty ? "" : " { \(hook) ; }"
            text += "add chain ip kube-proxy \(chain)\(declaration)\nflush chain ip kube-proxy \(chain)\n"
            for rule in rules { text += "add rule ip kube-proxy \(chain) \(rule)\n" }
        }
        for index in 0..<workload.serviceCount {
            let (address, chain) = (Workload.clusterIP(index), chain(index))
            let endpoints = (0..<workload.endpointCount).map { slot in
                "\(slot) : \(Workload.endpointAddress(index * workload.endpointCount + slot)) . \(Workload.targetPort)"
            }
            text += """
                add chain ip kube-proxy \(chain)
                flush chain ip kube-proxy \(chain)
                add rule ip kube-proxy \(chain) meta l4proto tcp dnat ip addr . port to \
                numgen random mod \(workload.endpointCount) map { \(endpoints.joined(separator: " , ")) }
                add element ip kube-proxy cluster-ips { \(address) }
                add element ip kube-proxy service-ips { \(address) . tcp . \(Workload.port) : goto \(chain) }

                """
        }
        return Array(text.utf8)
    }

    /// Name, hook and rules; those that others lead to come first.
    private static let baseChains: [(String, String, [String])] = [
        ("reject-chain", "", ["reject"]),
        (
            "services", "",
            [
                "ip daddr @cluster-ips ip saddr != 10.128.0.0/9 mark set mark or 0x4000",
                "ip daddr . meta l4proto . th dport vmap @service-ips",
            ]
        ),
        ("firewall-check", "", ["ip daddr . meta l4proto . th dport vmap @firewall-ips"]),
        ("service-endpoints-check", "", ["ip daddr . meta l4proto . th dport vmap @no-endpoint-services"]),
        ("cluster-ips-check", "", ["ip daddr @cluster-ips reject", "ip daddr { \(Workload.clusterPrefix) } drop"]),
        (
            "masquerading", "",
            [
                "mark and 0x4000 != 0 mark set mark xor 0x4000 masquerade fully-random",
                "ct status dnat ip saddr . ip daddr . meta l4proto . th dport @hairpin-connections masquerade",
            ]
        ),
        (
            "filter-prerouting-pre-dnat", "type filter hook prerouting priority -110",
            ["ct state new jump firewall-check"]
        ),
        ("filter-output-pre-dnat", "type filter hook output priority -110", ["ct state new jump firewall-check"]),
        ("filter-input", "type filter hook input priority 0", ["ct state new jump service-endpoints-check"]),
        (
            "filter-forward", "type filter hook forward priority 0",
            ["ct state new jump service-endpoints-check", "ct state new jump cluster-ips-check"]
        ),
        (
            "filter-output", "type filter hook output priority 0",
            ["ct state new jump service-endpoints-check", "ct state new jump cluster-ips-check"]
        ),
        ("nat-prerouting", "type nat hook prerouting priority -100", ["jump services"]),
        ("nat-output", "type nat hook output priority -100", ["jump services"]),
        ("nat-postrouting", "type nat hook postrouting priority 100", ["jump masquerading"]),
    ]

    private static func chain(_ index: Int) -> String {
        // Eight characters of a hash come before the name.
        let hash = String(index + (1 << 36), radix: 32, uppercase: true)
        return "service-\(hash)-namespace-\(index % 50)/service-\(index)/tcp/http"
    }
}
