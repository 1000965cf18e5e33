import Addressing
import Netlink
import OverlayCore
@testable import OverlayDataplane

/// Overlay hosts on a small network, each with a reconciler and a pod, as a daemon would drive them.
///
/// Host number N (from 1) has the prefixes 10.32.N.0/24 and fd32:0:0:N::/64, and its pod `.5` and `::5`.
final class OverlayLab: Sendable {
    let underlay: Lab
    let family: IPFamily
    let members: [Member]

    /// One overlay host.
    final class Member: Sendable {
        let number: Int
        let host: Host
        let pod: Host
        let reconciler: OverlayReconciler

        init(_ number: Int, _ host: Host, _ pod: Host, _ reconciler: OverlayReconciler) {
            (self.number, self.host, self.pod, self.reconciler) = (number, host, pod, reconciler)
        }

        /// Its identity.
        var id: PeerID { OverlayLab.id(number) }
        /// Its end of the pod's veth.
        var podLink: String { "pod\(number)" }
        /// Its pod's address.
        func podAddress(_ family: IPFamily) -> IPAddress { OverlayLab.podAddress(number, family) }
    }

    /// Builds the network and the pods; no reconciler has done anything yet.
    init(_ count: Int, underlay family: IPFamily = .ipv4, timing: OverlayReconciler.Timing = .quick) async throws {
        self.family = family
        let names = (1...count).map { "h\($0)" }
        switch count {
        case 1: underlay = try await Lab(hosts: names[0])
        case 2: underlay = try await Lab(hosts: names[0], names[1])
        default: underlay = try await Lab(hosts: names[0], names[1], names[2])
        }
        var members: [Member] = []
        for (offset, host) in underlay.hosts.enumerated() {
            let number = offset + 1
            let pod = try await Host.make("p\(number)")
            let reconciler = try OverlayReconciler(in: host.namespace, timing: timing)
            let member = Member(number, host, pod, reconciler)
            try await Self.plug(pod, into: host, as: member.podLink, [.ipv4, .ipv6].map(member.podAddress))
            members.append(member)
        }
        self.members = members
    }

    static func id(_ number: Int) -> PeerID { PeerID(high: 0x7472_616d_6100_0000, low: UInt64(number)) }

    static func podAddress(_ number: Int, _ family: IPFamily) -> IPAddress {
        switch family {
        case .ipv4: .v4(0x0a20_0005 + UInt32(number) << 8)
        case .ipv6: .v6(high: 0xfd32_0000_0000_0000 + UInt64(number), low: 5)
        }
    }

    static func prefixes(_ number: Int) -> [IPPrefix] {
        [(podAddress(number, .ipv4), 24), (podAddress(number, .ipv6), 64)].compactMap { IPPrefix($0, length: $1) }
    }

    /// The cluster's ranges.
    static let ranges = ["10.32.0.0/12", "fd32::/48"].compactMap { IPPrefix($0) }

    /// A host's underlay address.
    func endpoint(_ number: Int) -> IPAddress {
        family == .ipv4
            ? .v4(0x0a00_0002 + UInt32(number) << 8) : .v6(high: 0xfd00_0000_0000_0000 | UInt64(number) << 32, low: 2)
    }

    func record(_ number: Int) -> PeerRecord {
        PeerRecord(
            id: Self.id(number),
            name: "h\(number)",
            endpoints: [endpoint(number)],
            wireGuardKey: [UInt8](repeating: UInt8(number), count: 32),
            prefixes: Self.prefixes(number)
        )
    }

    /// The state of a member: it knows all others and reaches them by VXLAN.
    func state(_ number: Int) -> OverlayState {
        var node = OverlayNode(
            id: Self.id(number),
            tunnelEndpoint: endpoint(number),
            prefixes: Self.prefixes(number),
            clusterRanges: Self.ranges
        )
        node.podMTU = family == .ipv4 ? 1450 : 1430
        let others = members.map(\.number).filter { $0 != number }
        let peers = others.map { other in
            (Self.id(other), OverlayState.Peer(record: record(other), route: .vxlan(mtu: node.podMTU)))
        }
        let addresses = [.ipv4, .ipv6].map { Self.podAddress(number, $0) }
        let pod = OverlayState.Pod(interface: "pod\(number)", addresses: addresses)
        return OverlayState(
            node: node,
            peers: Dictionary(uniqueKeysWithValues: peers),
            pods: [pod],
            isComplete: true
        )
    }

    /// Applies every member's state; returns what was wrong.
    func applyAll() async throws -> [OverlayProblem] {
        var problems: [OverlayProblem] = []
        for member in members { problems += try await member.reconciler.apply(state(member.number)).problems }
        return problems
    }

    subscript(_ number: Int) -> Member { members[number - 1] }

    /// Joins a pod to a host as the CNI plug-in does: a gateway that is always known, and nothing else.
    static func plug(_ pod: Host, into host: Host, as link: String, _ addresses: [IPAddress]) async throws {
        try await Host.join(pod, "eth0", host, link)
        let outside = try await host.network.link(named: link)
        if let index = outside?.index { try await host.network.setLink(index, .init(group: Link.podGroup)) }
        let inside = try await pod.index(of: "eth0")
        for address in addresses {
            let text = address.description + (address.family == .ipv4 ? "/32" : "/128")
            try await pod.addAddress(text, to: "eth0")
            let gateway: IPAddress = address.family == .ipv4 ? .v4(0xa9fe_0101) : .v6(high: 0xfe80 << 48, low: 1)
            try await pod.network.setNeighbour(
                Neighbour(interface: inside, address: gateway, linkLayerAddress: outside?.address)
            )
            guard let all = IPPrefix(address.family == .ipv4 ? "0.0.0.0/0" : "::/0") else { continue }
            try await pod.network.addRoute(
                Route(to: all, nextHops: [.init(gateway: gateway, interface: inside, isOnLink: true)])
            )
        }
    }

    /// Whether one pod's echo request is answered by another.
    func pings(_ source: Int, _ target: Int, _ family: IPFamily, size: Int = 56) async -> Bool {
        await Self.pings(self[source].pod, self[target].podAddress(family), size: size)
    }

    static func pings(_ source: Host, _ target: IPAddress, size: Int = 56) async -> Bool {
        // Fragmentation is off, so that a size says something.
        let arguments = ["-c", "1", "-W", "1", "-M", "do", "-s", "\(size)", target.description]
        do {
            _ = try await Program.run(["ping"] + arguments, in: source.namespace.duplicate())
            return true
        } catch {
            return false
        }
    }

    /// Waits until every pod answers every other.
    func expectAllPings() async throws {
        for source in members.map(\.number) {
            for target in members.map(\.number) where target != source {
                for family in IPFamily.allCases {
                    try await eventually("pod \(source) to ping pod \(target) over \(family)") {
                        await pings(source, target, family)
                    }
                }
            }
        }
    }

    /// Runs the reconcilers' watches beside `body`.
    func watching(_ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for member in members { group.addTask { try await member.reconciler.run() } }
            try await body()
            group.cancelAll()
        }
    }
}

extension OverlayReconciler.Timing {
    /// Nothing that tests would have to wait for.
    static var quick: OverlayReconciler.Timing {
        var timing = OverlayReconciler.Timing()
        timing.grace = .milliseconds(100)
        timing.firstPause = .milliseconds(20)
        timing.longestPause = .milliseconds(200)
        return timing
    }
}

extension Host {
    /// All that a network namespace is made of, as programs print it: links, addresses, routes, neighbours, forwarding
    /// entries, rules. Sorted, and without what differs between two links of one name, and without counts.
    func inventory() async throws -> [Substring] {
        let commands = [
            "ip -d -o link show", "ip -o address show", "ip route show table all", "ip -6 route show table all",
            "ip neigh show nud permanent", "ip rule show", "ip -6 rule show", "nft list ruleset", "bridge fdb show",
        ]
        // One shell for all. An ifindex, a count, a running time and a link's state say nothing; the local table follows
        // from the addresses, some time later.
        let clean =
            "s/^[0-9]+: //; s/packets [0-9]+ bytes [0-9]+//; s/_timer +[0-9.]+//g; s/ state [A-Z]+ / /; s/NO-CARRIER,//"
        let script = commands.map { command in
            "\(command) 2>/dev/null | grep -v 'table local' | sed -E '\(clean); s/^/\(command.prefix(9)) | /'"
        }
        let all = ["sh", "-c", script.joined(separator: "; ")]
        let lines = try await Program.run(all, in: namespace.duplicate()).split(separator: "\n")
        return lines.sorted()
    }
}
