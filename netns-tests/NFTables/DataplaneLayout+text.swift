import Addressing
import NFTables

// The layout as an operator would write it for nft: the same rules, in nft's own words.
extension DataplaneLayout {
    /// `ip` or `ip6`.
    var ipName: String { TableFamily(family).description }

    /// `ipv4_addr` or `ipv6_addr`.
    private var addressName: String { family == .ipv4 ? "ipv4_addr" : "ipv6_addr" }

    private static let text = """
        table ip trama {
            comment "service proxy"
            map endpoints {
                typeof IP daddr . meta l4proto . th dport . numgen random mod 2 : IP daddr . th dport
            }
            map local-endpoints {
                typeof IP daddr . meta l4proto . th dport . numgen random mod 2 : IP daddr . th dport
            }
            map hashed-endpoints {
                typeof IP daddr . meta l4proto . th dport . numgen random mod 2 : IP daddr . th dport
            }
            map frontends { type ADDR . inet_proto . inet_service : verdict; comment "what clients dial"; }
            map no-endpoints { type ADDR . inet_proto . inet_service : verdict; }
            map record { type ADDR . inet_proto . inet_service : verdict; }
            set cluster-ips { type ADDR; }
            set service-cidrs { type ADDR; flags interval; }
            set pod-cidrs { type ADDR; flags interval; auto-merge; }
            set hairpin { type ADDR . ADDR; }
            set restricted { type ADDR . inet_proto . inet_service; size 1000; }
            set source-ranges { type ADDR . inet_proto . inet_service . ADDR; flags interval; }
            map sticky-1 {
                type ADDR . inet_proto : ADDR . inet_service; flags dynamic,timeout; timeout 3h; size 65536;
            }
            map marks { type mark : ADDR; }

            chain lb-3 {
                dnat IP to IP daddr . meta l4proto . th dport . numgen random mod 3 map @endpoints
            }
            chain local-lb-2 {
                dnat IP to IP daddr . meta l4proto . th dport . numgen random mod 2 map @local-endpoints
            }
            chain internal-3 {
                IP saddr != @pod-cidrs meta mark set meta mark or 0x4000
                goto lb-3
            }
            chain external-3 {
                meta mark set meta mark or 0x4000
                goto lb-3
            }
            chain external-local-3-2 {
                IP saddr @pod-cidrs goto lb-3
                fib saddr type local meta mark set meta mark or 0x4000
                fib saddr type local goto lb-3
                goto local-lb-2
            }
            chain sticky-1 {
                dnat IP to IP saddr . meta l4proto map @sticky-1
                goto lb-3
            }
            chain no-endpoint {
                meta l4proto tcp reject with tcp reset
                reject comment "no endpoints"
            }
            chain prerouting {
                comment "from elsewhere"
                type nat hook prerouting priority dstnat; policy accept;
                IP daddr . meta l4proto . th dport vmap @frontends
            }
            chain output {
                type nat hook output priority -100; policy accept;
                IP daddr . meta l4proto . th dport vmap @frontends
            }
            chain postrouting {
                type nat hook postrouting priority srcnat; policy accept;
                meta mark and 0x4000 == 0 return
                meta mark set meta mark xor 0x4000
                counter masquerade fully-random
                IP saddr . IP daddr @hairpin masquerade fully-random
            }
            chain forward {
                type filter hook forward priority filter; policy accept;
                ct state new IP daddr . meta l4proto . th dport vmap @no-endpoints
                IP daddr @cluster-ips reject
                IP daddr @service-cidrs drop
            }
        }
        """

    /// What nft 1.0.6 can say of the layout, without elements.
    ///
    /// Left out: `ct original proto-dst` in a concatenation, and for IPv6 the update of a map with address and port,
    /// which nft lists but cannot load (the first is a syntax error, the second ends in an assertion); the hash,
    /// whose operands nft puts into other registers; the concatenation with ranges, where nft adds an instruction
    /// without effect (a byte order of one byte).
    var text: String {
        var text = Self.text
        for (word, replacement) in [("IP ", "\(ipName) "), ("ADDR", addressName), ("table ip ", "table \(ipName) ")] {
            text = text.split(separator: word, omittingEmptySubsequences: false).joined(separator: replacement)
        }
        return text
    }

    /// Chains of rules that nft writes with other instructions to the same effect, or cannot load: see ``text``.
    var chainsThatNFTWritesOtherwise: Set<String> {
        ["hashed-251", "firewall", "record-1", "record-prerouting", "record-output"]
    }

    /// A listing of the layout in which what nft cannot load is replaced: see ``text``.
    func withoutUnparsable(_ listing: String) -> String {
        listing.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { family == .ipv4 || !$0.contains("update @sticky") }
            .map { line in
                line.split(separator: "ct original proto-dst", omittingEmptySubsequences: false)
                    .joined(separator: "th dport")
            }
            .joined(separator: "\n")
    }
}
