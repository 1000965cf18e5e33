import Addressing
import NFTables
import Netlink
import OverlayCore

/// What the rules are made of besides the node's own settings. What is not here is an element: it changes without them.
struct OverlayRuleShape: Sendable, Equatable {
    /// The UDP port of VXLAN where all peers have the same one: comparing is cheaper than looking up.
    var tunnelPort: UInt16?
    /// Whether this host has bridged networks.
    var hasNetworks: Bool

    /// What follows from the elements of the sets.
    init(_ elements: [String: Set<Element>]) {
        let ports = elements[OverlaySet.tunnelPorts] ?? []
        let bytes = ports.count == 1 ? ports.first?.key.bytes ?? [] : []
        tunnelPort = bytes.count >= 2 ? UInt16(bytes[0]) << 8 | UInt16(bytes[1]) : nil
        hasNetworks = elements[OverlaySet.bridges]?.isEmpty == false
    }
}

// A packet pays about 0.1 µs for each chain of a hook that it passes, 15 ns for each comparison of a number, and 60 to
// 120 ns for each look-up in a set (Linux 6.18). Between two pods on two hosts it passes `prerouting` three times,
// `forward` twice, `input` and `output` once. So there is one chain of filters at each hook, only where something needs
// it, and what most packets are is decided by comparisons at its beginning. A chain of the type nat costs only the first
// packet of a connection anything.
extension OverlayTable {
    /// The table for a state.
    init(_ state: OverlayState) {
        self.init(state.node, elements: Self.elements(state))
    }

    /// The table of a host with those elements.
    init(_ node: OverlayNode, elements: [String: Set<Element>]) {
        sets = Self.allSets
        self.elements = elements
        shape = OverlayRuleShape(elements)
        add(Chain("pod-spoofing"), spoofing(node))
        if tracks(node) {
            add(Chain("tunnel-arriving"), arrivingTunnels(node))
        } else {
            add(Chain("tunnel-delivered"), deliveredTunnels(node))
            add(Chain("pod-injection"), injection)
        }
        add(Chain("overlay-prerouting", hook: BaseHook(.filter, .prerouting, priority: .raw)), arriving(node))
        let leaving = leaving(node)
        if !leaving.isEmpty {
            add(Chain("overlay-output", hook: BaseHook(.filter, .output, priority: .raw)), leaving)
        }
        let early = BaseHook.Priority.filter - 5
        for (name, hook, rules) in [
            ("overlay-input", BaseHook.Hook.input, delivered(node)), ("overlay-forward", .forward, forwarded(node)),
        ] where !rules.isEmpty {
            add(Chain(name, hook: BaseHook(.filter, hook, priority: early)), rules)
        }
        if tracks(node) {
            // They see the first packet of each connection only, and come before all that translate.
            let first = BaseHook.Priority(-190)
            add(Chain("first-input", hook: BaseHook(.nat, .input, priority: first)), firstDelivered)
            add(Chain("first-postrouting", hook: BaseHook(.nat, .postrouting, priority: first)), injection)
        }
        if node.encryption == .require {
            // Where the way is certain: in the output hook it is that of before the destination was translated.
            add(
                Chain("plain-postrouting", hook: BaseHook(.filter, .postrouting, priority: early)),
                Self.plaintext(node)
            )
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
            NamedSet(OverlaySet.bridges, key: [.interfaceName]),
            NamedSet(OverlaySet.bridgePairs, key: [.interfaceName, .interfaceName]),
            NamedSet(OverlaySet.safeLinks, key: [.interfaceName]),
        ]
    }

    /// Whether connections are tracked here, by our own masquerading: then tunnels are kept out of that. Where we do not
    /// masquerade, a mere look would begin to track all that the host sends and receives.
    func tracks(_ node: OverlayNode) -> Bool { node.masquerades }

    // MARK: The hooks

    /// What arrives, before anything else sees it: pods have their own addresses, and tunnels are not tracked.
    private func arriving(_ node: OverlayNode) -> [Rule] {
        var rules = [Rule(Self.ifFromPod + [.verdict(.goto("pod-spoofing"))])]
        guard tracks(node) else { return rules }
        rules.append(Rule(ifTunnelPort + [.verdict(.goto("tunnel-arriving"))]))
        if node.wireGuardDevice != nil {
            let toHost = Expression.ifAddressType(of: .destinationAddress, is: .local)
            let toPort = Self.ifUDP(.destinationPort, node.wireGuardPort)
            rules.append(Rule(toPort + toHost + [.noTrack(.init())], comment: "WireGuard"))
        }
        return rules
    }

    /// What this host sends itself, the outer packets of tunnels among it.
    private func leaving(_ node: OverlayNode) -> [Rule] {
        var rules: [Rule] = []
        if node.encryption == .require {
            var expressions = ifTunnelPort
            if let device = node.wireGuardDevice.flatMap(Self.linkName) {
                expressions += [.meta(.load(.outgoingInterfaceName, into: .word(0))), .notEqual(.word(0), device)]
            }
            rules.append(Self.drop(expressions, .plaintext))
        }
        guard tracks(node) else { return rules }
        rules.append(Rule(ifTunnelPort + [.noTrack(.init()), .verdict(.accept)], comment: "VXLAN"))
        if node.wireGuardDevice != nil {
            rules.append(Rule(Self.ifUDP(.sourcePort, node.wireGuardPort) + [.noTrack(.init())], comment: "WireGuard"))
        }
        return rules
    }

    // What is sent to a Service may be led to where nobody must send, so tunnels are guarded after the destination was
    // translated: where connections are not tracked by us, packet by packet, otherwise at the first one of a connection,
    // which costs the others nothing. A connection that was there before the rule is ended (`TunnelConnections`). Only
    // tracked packets can have been translated, and those that are not tracked were looked at when they arrived.

    /// What is for this host, wherever it was sent to at first.
    private func delivered(_ node: OverlayNode) -> [Rule] {
        var rules: [Rule] = []
        if shape.hasNetworks { rules.append(Self.drop(from: .incoming)) }
        guard !tracks(node) else { return rules }
        rules.append(Rule(ifTunnelPort + [.verdict(.goto("tunnel-delivered"))]))
        rules.append(Self.intoWireGuard)
        return rules
    }

    /// The first packet of a connection with this host. VXLAN that was sent to it was looked at when it arrived.
    private var firstDelivered: [Rule] {
        let translated = Expression.ifConnection(has: .destinationNAT)
        return [
            Self.drop(ifTunnelPort + Self.ifFromPod, .injection),
            Self.drop(ifTunnelPort + translated, .unknownTunnelSource), Self.intoWireGuard,
        ]
    }

    /// What this host passes on: nothing into or out of a bridged network, and nothing of pods into a tunnel.
    private func forwarded(_ node: OverlayNode) -> [Rule] {
        var rules: [Rule] = []
        if shape.hasNetworks {
            let within: [Expression] = [
                .meta(.load(.incomingInterfaceName, into: .word(0))),
                .meta(.load(.outgoingInterfaceName, into: .word(4))),
                .lookup(.word(0), in: OverlaySet.bridgePairs), .verdict(.accept),
            ]
            rules += [Rule(within, comment: "bridged"), Self.drop(from: .incoming), Self.drop(from: .outgoing)]
        }
        return tracks(node) ? rules : rules + [Rule(Self.ifFromPod + [.verdict(.goto("pod-injection"))])]
    }

    // MARK: Tunnels

    /// VXLAN that comes, not from pods: from peers.
    private func arrivingTunnels(_ node: OverlayNode) -> [Rule] {
        let toHost = Expression.ifAddressType(of: .destinationAddress, is: .local)
        return Self.peers(node, then: [.noTrack(.init()), .verdict(.accept)])
            + [Self.drop(toHost, .unknownTunnelSource)]
    }

    /// VXLAN that reaches our tunnels, where it is not looked at as it arrives.
    private func deliveredTunnels(_ node: OverlayNode) -> [Rule] {
        // A pod has no peer's address.
        Self.peers(node, then: [.verdict(.accept)])
            + [Self.drop(Self.ifFromPod, .injection), Self.drop([], .unknownTunnelSource)]
    }

    /// Rules for VXLAN of peers.
    private static func peers(_ node: OverlayNode, then verdict: [Expression]) -> [Rule] {
        var rules = IPFamily.allCases.map { family in
            let known: [Expression] = [
                .load(.sourceAddress(family), into: .word(0)),
                .lookup(.word(0), in: OverlaySet.tunnelSources(family)),
            ]
            return Rule(ifFamily(family) + known + verdict, comment: "VXLAN of peers")
        }
        if node.encryption == .require, let device = node.wireGuardDevice.flatMap(linkName) {
            // WireGuard vouches for the address.
            let inside: [Expression] = [
                .meta(.load(.incomingInterfaceName, into: .word(0))), .equal(.word(0), device),
            ]
            rules.append(Rule(inside + verdict, comment: "VXLAN inside WireGuard"))
        }
        return rules
    }

    /// What goes to pods goes by links that nobody listens on.
    private static func plaintext(_ node: OverlayNode) -> [Rule] {
        // Of the safe links, the two that nearly all packets for pods leave by: comparing is cheaper than looking up.
        var rules: [Rule] = []
        if let device = node.wireGuardDevice.flatMap(linkName) {
            let intoTunnel: [Expression] = [
                .meta(.load(.outgoingInterfaceName, into: .word(0))), .equal(.word(0), device), .verdict(.accept),
            ]
            rules.append(Rule(intoTunnel, comment: "into the encrypted path"))
        }
        let toPod: [Expression] = [
            .meta(.load(.outgoingInterfaceGroup, into: .word(0))),
            .equal(.word(0), RegisterValue(hostOrder: Link.podGroup)), .verdict(.accept),
        ]
        rules.append(Rule(toPod, comment: "to a pod of this host"))
        return rules
            + IPFamily.allCases.map { family in
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

    // MARK: Parts of rules

    private enum Side { case incoming, outgoing }

    private static func drop(from side: Side) -> Rule {
        let name: Expression.Meta.Key = side == .incoming ? .incomingInterfaceName : .outgoingInterfaceName
        return drop([.meta(.load(name, into: .word(0))), .lookup(.word(0), in: OverlaySet.bridges)], .isolation)
    }

    static func drop(_ expressions: [Expression], _ reason: OverlayDropReason) -> Rule {
        Rule(expressions + [.counter(.init()), .verdict(.drop)], comment: reason.rawValue)
    }

    /// A pod's link is of that group, however it is called.
    static let ifFromPod: [Expression] = [
        .meta(.load(.incomingInterfaceGroup, into: .word(0))),
        .equal(.word(0), RegisterValue(hostOrder: Link.podGroup)),
    ]

    static func ifUDP(_ port: Selector, _ number: UInt16) -> [Expression] {
        Expression.ifTransport(.udp) + [
            .load(port, into: .word(0)), .equal(.word(0), RegisterValue(networkOrder: number)),
        ]
    }

    var ifTunnelPort: [Expression] {
        if let port = shape.tunnelPort { return Self.ifUDP(.destinationPort, port) }
        return Expression.ifTransport(.udp) + [
            .load(.destinationPort, into: .word(0)), .lookup(.word(0), in: OverlaySet.tunnelPorts),
        ]
    }

    static func ifFamily(_ family: IPFamily) -> [Expression] {
        [
            .meta(.load(.family, into: .word(0))),
            .equal(.word(0), RegisterValue(TableFamily(family).rawValue)),
        ]
    }
}
