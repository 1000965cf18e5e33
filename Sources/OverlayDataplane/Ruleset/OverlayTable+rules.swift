import Addressing
import NFTables
import OverlayCore

extension OverlayTable {
    /// The table for a state.
    init(_ state: OverlayState) {
        sets = Self.allSets
        elements = Self.elements(state)
        let node = state.node
        add(Chain("pod-spoofing"), Self.spoofing)
        add(
            Chain("tunnel-prerouting", hook: BaseHook(.filter, .prerouting, priority: .raw)),
            Self.arriving(node)
        )
        add(Chain("tunnel-output", hook: BaseHook(.filter, .output, priority: .raw)), Self.leaving(node))
        let early = BaseHook.Priority.filter - 5
        add(Chain("network-input", hook: BaseHook(.filter, .input, priority: early)), [Self.drop(from: .incoming)])
        add(Chain("network-forward", hook: BaseHook(.filter, .forward, priority: early)), Self.isolation)
        // After the destination was translated: a Service may lead to where a pod must not send.
        add(Chain("pod-input", hook: BaseHook(.filter, .input, priority: early)), Self.injection(into: .host))
        add(Chain("pod-forward", hook: BaseHook(.filter, .forward, priority: early)), Self.injection(into: .peers))
        if node.encryption == .require {
            // Where the way is certain: in the output hook it is that of before the destination was translated.
            add(Chain("plain-postrouting", hook: BaseHook(.filter, .postrouting, priority: early)), Self.plaintext)
        }
        if node.masquerades {
            add(
                Chain("masquerade-postrouting", hook: BaseHook(.nat, .postrouting, priority: .srcnat)),
                Self.masquerading(node)
            )
        }
    }

    private mutating func add(_ chain: Chain, _ rules: [Rule]) {
        chains.append(chain)
        self.rules[chain.name] = rules
    }

    private static var allSets: [NamedSet] {
        let perFamily = IPFamily.allCases.flatMap { family -> [NamedSet] in
            let address: DataType = family == .ipv4 ? .ipv4Address : .ipv6Address
            return [
                NamedSet(OverlaySet.tunnelSources(family), key: [address]),
                NamedSet(OverlaySet.cluster(family), key: [address], flags: .interval),
                NamedSet(OverlaySet.own(family), key: [address], flags: .interval),
                NamedSet(OverlaySet.podSources(family), key: [.interfaceName, address]),
            ]
        }
        return perFamily + [
            NamedSet(OverlaySet.tunnelPorts, key: [.inetService]),
            NamedSet(OverlaySet.podLinks, key: [.interfaceName]),
            NamedSet(OverlaySet.bridges, key: [.interfaceName]),
            NamedSet(OverlaySet.bridgePairs, key: [.interfaceName, .interfaceName]),
            NamedSet(OverlaySet.safeLinks, key: [.interfaceName]),
        ]
    }

    // MARK: Tunnels

    /// What arrives: pods have their own addresses, and VXLAN comes from peers.
    private static func arriving(_ node: OverlayNode) -> [Rule] {
        let noTrack = Expression.noTrack(.init())
        var rules = [
            Rule([
                .meta(.load(.incomingInterfaceName, into: .word(0))), .lookup(.word(0), in: OverlaySet.podLinks),
                .verdict(.jump("pod-spoofing")),
            ])
        ]
        for family in IPFamily.allCases {
            let known =
                ifTunnelPort + ifFamily(family) + [
                    .load(.sourceAddress(family), into: .word(0)),
                    .lookup(.word(0), in: OverlaySet.tunnelSources(family)), noTrack, .verdict(.accept),
                ]
            rules.append(Rule(known, comment: "VXLAN of peers"))
        }
        if node.encryption == .require, let device = node.wireGuardDevice.flatMap(linkName) {
            // WireGuard vouches for the address.
            let inside =
                ifTunnelPort + [.meta(.load(.incomingInterfaceName, into: .word(0))), .equal(.word(0), device)]
            rules.append(Rule(inside + [noTrack, .verdict(.accept)], comment: "VXLAN inside WireGuard"))
        }
        let toHost = Expression.ifAddressType(of: .destinationAddress, is: .local)
        rules.append(drop(ifTunnelPort + toHost, .unknownTunnelSource))
        rules.append(
            Rule(
                ifUDP + [
                    .load(.destinationPort, into: .word(0)),
                    .equal(.word(0), RegisterValue(networkOrder: node.wireGuardPort)),
                ] + toHost + [noTrack],
                comment: "WireGuard"
            )
        )
        return rules
    }

    /// What this host sends itself, the outer packets of tunnels among it.
    private static func leaving(_ node: OverlayNode) -> [Rule] {
        var rules: [Rule] = []
        if node.encryption == .require {
            var expressions = ifTunnelPort
            if let device = node.wireGuardDevice.flatMap(linkName) {
                expressions += [.meta(.load(.outgoingInterfaceName, into: .word(0))), .notEqual(.word(0), device)]
            }
            rules.append(drop(expressions, .plaintext))
        }
        rules.append(Rule(ifTunnelPort + [.noTrack(.init())], comment: "VXLAN"))
        let fromPort: [Expression] = [
            .load(.sourcePort, into: .word(0)), .equal(.word(0), RegisterValue(networkOrder: node.wireGuardPort)),
        ]
        rules.append(Rule(ifUDP + fromPort + [.noTrack(.init())], comment: "WireGuard"))
        return rules
    }

    /// A pod sends from its own addresses, and from link-local ones, which go nowhere.
    private static var spoofing: [Rule] {
        let own = IPFamily.allCases.map { family in
            Rule(
                ifFamily(family) + [
                    .meta(.load(.incomingInterfaceName, into: .word(0))),
                    .load(.sourceAddress(family), into: .word(4)),
                    .lookup(.word(0), in: OverlaySet.podSources(family)), .verdict(.return),
                ]
            )
        }
        let linkLocal: [Expression] = [
            .load(.sourceAddress(.ipv6), into: .word(0)),
            .bitwise(
                .init(
                    .word(0),
                    into: .word(0),
                    mask: RegisterValue(.v6(high: 0xffc0 << 48, low: 0)),
                    flip: RegisterValue(.v6(high: 0, low: 0))
                )
            ),
            .equal(.word(0), RegisterValue(.v6(high: 0xfe80 << 48, low: 0))), .verdict(.return),
        ]
        let unspecified: [Expression] = [
            .load(.sourceAddress(.ipv6), into: .word(0)), .equal(.word(0), RegisterValue(.v6(high: 0, low: 0))),
            .verdict(.return),
        ]
        return own + [
            Rule(ifFamily(.ipv6) + linkLocal), Rule(ifFamily(.ipv6) + unspecified, comment: "duplicate detection"),
            drop([], .spoofedSource),
        ]
    }

    private enum Tunnels { case host, peers }

    /// Pods send nothing into tunnels themselves: masqueraded, it would have this host's address, which peers trust, or
    /// come out of WireGuard, which vouches for it.
    private static func injection(into tunnels: Tunnels) -> [Rule] {
        let ifPod: [Expression] = [
            .meta(.load(.incomingInterfaceName, into: .word(0))), .lookup(.word(0), in: OverlaySet.podLinks),
        ]
        let range = PeerID.wireGuardPrefix
        let inside: [Expression] = [
            .load(.destinationAddress(.ipv6), into: .word(0)),
            .bitwise(
                .init(
                    .word(0),
                    into: .word(0),
                    mask: RegisterValue(.v6(high: .max, low: 0)),
                    flip: RegisterValue(.v6(high: 0, low: 0))
                )
            ),
            .equal(.word(0), RegisterValue(range.address)),
        ]
        let ways: [[Expression]] =
            switch tunnels {
            case .host: [ifTunnelPort]
            case .peers:
                IPFamily.allCases.map { family in
                    ifFamily(family) + ifTunnelPort + [
                        .load(.destinationAddress(family), into: .word(0)),
                        .lookup(.word(0), in: OverlaySet.tunnelSources(family)),
                    ]
                }
            }
        return (ways + [ifFamily(.ipv6) + inside]).map { drop(ifPod + $0, .injection) }
    }

    // MARK: Networks and pods

    /// Nothing is routed into or out of a bridged network.
    private static var isolation: [Rule] {
        let within: [Expression] = [
            .meta(.load(.incomingInterfaceName, into: .word(0))), .meta(.load(.outgoingInterfaceName, into: .word(4))),
            .lookup(.word(0), in: OverlaySet.bridgePairs), .verdict(.accept),
        ]
        return [Rule(within, comment: "bridged"), drop(from: .incoming), drop(from: .outgoing)]
    }

    private enum Side { case incoming, outgoing }

    private static func drop(from side: Side) -> Rule {
        let name: Expression.Meta.Key = side == .incoming ? .incomingInterfaceName : .outgoingInterfaceName
        return drop([.meta(.load(name, into: .word(0))), .lookup(.word(0), in: OverlaySet.bridges)], .isolation)
    }

    /// What goes to pods goes by links that nobody listens on.
    private static var plaintext: [Rule] {
        IPFamily.allCases.map { family in
            let expressions =
                ifFamily(family) + [
                    .load(.destinationAddress(family), into: .word(0)),
                    .lookup(.word(0), in: OverlaySet.cluster(family)),
                    .meta(.load(.outgoingInterfaceName, into: .word(0))),
                    .lookup(.word(0), in: OverlaySet.safeLinks, inverted: true),
                ]
            return drop(expressions, .plaintext)
        }
    }

    /// What pods send out of the cluster gets this host's address, and never a source port that is a tunnel's.
    private static func masquerading(_ node: OverlayNode) -> [Rule] {
        let ports = freePorts(besides: [node.vxlanPort, node.wireGuardPort])
        return IPFamily.allCases.flatMap { family -> [Rule] in
            let leaving =
                ifFamily(family) + [
                    .load(.sourceAddress(family), into: .word(0)), .lookup(.word(0), in: OverlaySet.own(family)),
                    .load(.destinationAddress(family), into: .word(0)),
                    .lookup(.word(0), in: OverlaySet.cluster(family), inverted: true),
                ]
            let udp: [Expression] = [
                .immediate(.data(RegisterValue(networkOrder: ports.lowerBound), into: .word(0))),
                .immediate(.data(RegisterValue(networkOrder: ports.upperBound), into: .word(4))),
                .masquerade(.init(port: .word(0), lastPort: .word(4), flags: .fullyRandom)),
            ]
            return [
                Rule(leaving + ifUDP + udp, comment: "pods to the world, UDP"),
                Rule(leaving + [.masquerade(.init(flags: .fullyRandom))], comment: "pods to the world"),
            ]
        }
    }

    /// The largest range of unprivileged ports without those.
    static func freePorts(besides taken: [UInt16]) -> ClosedRange<UInt16> {
        var best: ClosedRange<UInt16> = 1024...1024
        var start: UInt16 = 1024
        for port in taken.filter({ $0 >= 1024 }).sorted() {
            if port > start, port - start > best.upperBound - best.lowerBound { best = start...(port - 1) }
            guard port < .max else { return best }
            start = port + 1
        }
        return .max - start >= best.upperBound - best.lowerBound ? start...(.max) : best
    }

    // MARK: Parts of rules

    private static func drop(_ expressions: [Expression], _ reason: OverlayDropReason) -> Rule {
        Rule(expressions + [.counter(.init()), .verdict(.drop)], comment: reason.rawValue)
    }

    private static let ifUDP = Expression.ifTransport(.udp)

    private static let ifTunnelPort =
        ifUDP + [.load(.destinationPort, into: .word(0)), .lookup(.word(0), in: OverlaySet.tunnelPorts)]

    private static func ifFamily(_ family: IPFamily) -> [Expression] {
        [
            .meta(.load(.family, into: .word(0))),
            .equal(.word(0), RegisterValue(TableFamily(family).rawValue)),
        ]
    }
}
