/// The layout of upstream kube-proxy 1.36, as text for `nft`: a chain for each Service, with the Service's endpoints as
/// an anonymous map in its one rule.
enum ClassicLayout {
    /// The whole table.
    static func text(of workload: Workload) -> [UInt8] {
        var text = """
            table ip kube-proxy {
            set cluster-ips { type ipv4_addr; }
            set hairpin-connections { type ipv4_addr . ipv4_addr . inet_proto . inet_service; }
            map service-ips { type ipv4_addr . inet_proto . inet_service : verdict; }
            map no-endpoint-services { type ipv4_addr . inet_proto . inet_service : verdict; }
            map firewall-ips { type ipv4_addr . inet_proto . inet_service : verdict; }
            chain reject-chain { reject; }
            chain services {
              ip daddr @cluster-ips ip saddr != 10.128.0.0/9 mark set mark or 0x4000
              ip daddr . meta l4proto . th dport vmap @service-ips
            }
            chain firewall-check { ip daddr . meta l4proto . th dport vmap @firewall-ips; }
            chain service-endpoints-check { ip daddr . meta l4proto . th dport vmap @no-endpoint-services; }
            chain cluster-ips-check { ip daddr @cluster-ips reject; ip daddr { 10.64.0.0/10 } drop; }
            chain masquerading {
              mark and 0x4000 != 0 mark set mark xor 0x4000 masquerade fully-random
              ct status dnat ip saddr . ip daddr . meta l4proto . th dport @hairpin-connections masquerade fully-random
            }
            chain filter-prerouting-pre-dnat { type filter hook prerouting priority -110; ct state new jump firewall-check; }
            chain filter-output-pre-dnat { type filter hook output priority -110; ct state new jump firewall-check; }
            chain filter-input { type filter hook input priority 0; ct state new jump service-endpoints-check; }
            chain filter-forward {
              type filter hook forward priority 0; ct state new jump service-endpoints-check
              ct state new jump cluster-ips-check
            }
            chain filter-output {
              type filter hook output priority 0; ct state new jump service-endpoints-check
              ct state new jump cluster-ips-check
            }
            chain nat-prerouting { type nat hook prerouting priority -100; jump services; }
            chain nat-output { type nat hook output priority -100; jump services; }
            chain nat-postrouting { type nat hook postrouting priority 100; jump masquerading; }

            """
        for index in 0..<workload.serviceCount {
            let endpoints = (0..<workload.endpointCount).map { slot in
                "\(slot) : \(Workload.endpointAddress(index * workload.endpointCount + slot)) . \(Workload.targetPort)"
            }
            text += """
                chain \(chain(index)) {
                  meta l4proto tcp dnat ip addr . port to numgen random mod \(workload.endpointCount) \
                map { \(endpoints.joined(separator: ", ")) }
                }

                """
        }
        text += "}\n"
        // `nft` wants the chains before the elements that go to them.
        for index in 0..<workload.serviceCount {
            let address = Workload.clusterIP(index)
            text += "add element ip kube-proxy cluster-ips { \(address) }\n"
            text += "add element ip kube-proxy service-ips { "
            text += "\(address) . tcp . \(Workload.port) : goto \(chain(index)) }\n"
        }
        return Array(text.utf8)
    }

    private static func chain(_ index: Int) -> String {
        let name = "service-\(index)"
        // Eight characters of a hash come before the name.
        return
            "service-\(String(index + 0x1000_0000, radix: 32, uppercase: true))-namespace-\(index % 50)/\(name)/tcp/http"
    }
}
