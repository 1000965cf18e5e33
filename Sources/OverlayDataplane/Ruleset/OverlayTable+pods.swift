import Addressing
import NFTables
import OverlayCore

extension OverlayTable {
    /// A pod sends from its own addresses, and from link-local ones, which go nowhere.
    func spoofing(_ node: OverlayNode) -> [Rule] {
        let own = IPFamily.allCases.map { family in
            Rule(
                Self.ifFamily(family) + [
                    .meta(.load(.incomingInterfaceName, into: .word(0))),
                    .load(.sourceAddress(family), into: .word(4)),
                    .lookup(.word(0), in: OverlaySet.podSources(family)), .verdict(.accept),
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
            .equal(.word(0), RegisterValue(.v6(high: 0xfe80 << 48, low: 0))), .verdict(.accept),
        ]
        let unspecified: [Expression] = [
            .load(.sourceAddress(.ipv6), into: .word(0)), .equal(.word(0), RegisterValue(.v6(high: 0, low: 0))),
            .verdict(.accept),
        ]
        // Here is no other look at packets that are kept from being tracked, by whomever.
        let toHost = Expression.ifAddressType(of: .destinationAddress, is: .local)
        let intoHost = tracks(node) ? [Self.drop(ifTunnelPort + toHost, .injection)] : []
        return intoHost + own.prefix(1) + (tracks(node) ? [Self.intoWireGuard] : []) + own.dropFirst() + [
            Rule(Self.ifFamily(.ipv6) + linkLocal),
            Rule(Self.ifFamily(.ipv6) + unspecified, comment: "duplicate detection"),
            Self.drop([], .spoofedSource),
        ]
    }

    /// Pods send nothing into tunnels themselves: masqueraded, by whomever, it would have this host's address, which
    /// peers trust, or come out of WireGuard, which vouches for it.
    var injection: [Rule] {
        let intoPeers = IPFamily.allCases.map { family in
            let peer: [Expression] = [
                .load(.destinationAddress(family), into: .word(0)),
                .lookup(.word(0), in: OverlaySet.tunnelSources(family)),
            ]
            return Self.drop(ifTunnelPort + Self.ifFromPod + Self.ifFamily(family) + peer, .injection)
        }
        return intoPeers + [Self.intoWireGuard]
    }

    /// Pods reach no address inside WireGuard.
    static var intoWireGuard: Rule {
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
            .equal(.word(0), RegisterValue(PeerID.wireGuardPrefix.address)),
        ]
        return drop(ifFamily(.ipv6) + inside + ifFromPod, .injection)
    }

    /// What pods send out of the cluster gets this host's address, and never a source port that is a tunnel's.
    static func masquerading(_ node: OverlayNode) -> [Rule] {
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
                Rule(leaving + Expression.ifTransport(.udp) + udp, comment: "pods to the world, UDP"),
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
}
