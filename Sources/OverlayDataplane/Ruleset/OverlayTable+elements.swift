import Addressing
import NFTables
import OverlayCore

extension OverlayTable {
    /// The elements of all sets for a state.
    static func elements(_ state: OverlayState) -> [String: Set<Element>] {
        var elements: [String: Set<Element>] = [:]
        let sources = tunnelSources(state)
        for family in IPFamily.allCases {
            elements[OverlaySet.tunnelSources(family)] =
                Set(sources.lazy.filter { $0.family == family }.map { Element(RegisterValue($0)) })
            elements[OverlaySet.cluster(family)] = Set(intervals(clusterPrefixes(state, family)))
            elements[OverlaySet.own(family)] = Set(intervals(state.node.prefixes.filter { $0.family == family }))
            elements[OverlaySet.podSources(family)] = podSources(state, family)
        }
        elements[OverlaySet.tunnelPorts] = Set(tunnelPorts(state).map { Element(RegisterValue(networkOrder: $0)) })
        let bridges = state.networks.map { OverlayLink.bridgeName(vni: $0.vni) }.compactMap(linkName)
        elements[OverlaySet.bridges] = Set(bridges.map { Element($0) })
        elements[OverlaySet.bridgePairs] = Set(
            bridges.map { name in
                var pair = name
                pair.append(name)
                return Element(pair)
            }
        )
        let safe = ["lo", state.node.wireGuardDevice].compactMap(\.self) + state.pods.map(\.interface)
        elements[OverlaySet.safeLinks] = Set(safe.compactMap { linkName($0).map { Element($0) } })
        return elements
    }

    /// Underlay addresses that VXLAN in plain text may come from.
    private static func tunnelSources(_ state: OverlayState) -> Set<IPAddress> {
        guard state.node.encryption != .require else { return [] }
        var sources: Set<IPAddress> = []
        for peer in state.peers.values where !peer.record.isRemoved && peer.record.encryption != .require {
            sources.formUnion(peer.record.endpoints)
        }
        return sources
    }

    /// Our port, and those of peers that have another.
    private static func tunnelPorts(_ state: OverlayState) -> Set<UInt16> {
        var ports: Set<UInt16> = [state.node.vxlanPort]
        for peer in state.peers.values { ports.insert(peer.record.vxlanPort) }
        return ports.subtracting([0])
    }

    /// What belongs to the cluster; where its ranges are not known, every prefix that is.
    private static func clusterPrefixes(_ state: OverlayState, _ family: IPFamily) -> [IPPrefix] {
        let ranges = state.node.clusterRanges.filter { $0.family == family }
        guard ranges.isEmpty else { return ranges }
        let planner = OverlayPlanner(state)
        let others = state.peers.values.flatMap { planner.prefixes(of: $0.record).accepted }
        return (state.node.prefixes + others).filter { $0.family == family }
    }

    private static func podSources(_ state: OverlayState, _ family: IPFamily) -> Set<Element> {
        var elements: Set<Element> = []
        for pod in state.pods {
            guard let name = linkName(pod.interface) else { continue }
            for address in pod.addresses where address.family == family {
                var key = name
                key.append(address)
                elements.insert(Element(key))
            }
        }
        return elements
    }

    /// A link's name as registers have it: 16 bytes, the rest zero; nil where no link can be called so.
    static func linkName(_ name: String) -> RegisterValue? {
        let bytes = Array(name.utf8)
        guard (1...15).contains(bytes.count) else { return nil }
        return RegisterValue(bytes: bytes + [UInt8](repeating: 0, count: 16 - bytes.count))
    }

    /// The elements of an interval set that hold the addresses of some prefixes of one family: joined, as the kernel
    /// takes no overlapping ranges.
    static func intervals(_ prefixes: [IPPrefix]) -> [Element] {
        intervals(prefixes.map { AddressRange(first: $0.address, end: $0.lastAddress.successor) })
    }

    private static func intervals(_ ranges: [AddressRange]) -> [Element] {
        var joined: [AddressRange] = []
        for range in ranges.sorted(by: { $0.first < $1.first }) {
            guard let previous = joined.last, previous.touches(range.first) else {
                joined.append(range)
                continue
            }
            if let end = range.end, let other = previous.end {
                joined[joined.count - 1].end = max(end, other)
            } else {
                joined[joined.count - 1].end = nil
            }
        }
        return joined.flatMap { range -> [Element] in
            let first = Element(RegisterValue(range.first))
            guard let next = range.end else { return [first] }
            var end = Element(RegisterValue(next))
            end.isIntervalEnd = true
            return [first, end]
        }
    }

    /// Addresses from one to another.
    private struct AddressRange {
        var first: IPAddress
        /// The address after the last one; nil where there is none.
        var end: IPAddress?

        /// Whether an address that is not before the first is one of these, or the next.
        func touches(_ address: IPAddress) -> Bool { end.map { address <= $0 } ?? true }
    }

    /// The ranges that the elements of an interval set hold.
    private static func ranges(_ elements: Set<Element>) -> [AddressRange] {
        var firsts: [IPAddress] = []
        var ends: [IPAddress] = []
        for element in elements {
            guard let address = IPAddress(networkBytes: element.key.bytes) else { continue }
            if element.isIntervalEnd { ends.append(address) } else { firsts.append(address) }
        }
        ends.sort()
        return firsts.map { first in AddressRange(first: first, end: ends.first { $0 > first }) }
    }

    // MARK: What an earlier process left

    /// The sets whose elements are not this host's to know.
    private static let lastingSets: Set<String> = Set(
        IPFamily.allCases.flatMap { [OverlaySet.tunnelSources($0), OverlaySet.cluster($0), OverlaySet.own($0)] }
            + [OverlaySet.tunnelPorts, OverlaySet.bridges, OverlaySet.bridgePairs]
    )

    /// What a table that was found has in those sets.
    func lasting(in snapshot: Snapshot) -> [String: Set<Element>] {
        var lasting: [String: Set<Element>] = [:]
        for set in sets where Self.lastingSets.contains(set.name) && snapshot.sets[set.name] == set {
            lasting[set.name] = Set((snapshot.elements[set.name] ?? []).lazy.map(\.withoutExpiration))
        }
        return lasting
    }

    /// Adds what was found, as long as it may still be right.
    ///
    /// - Returns: The table for a host with those elements: its rules may be others.
    func keeping(_ lasting: [String: Set<Element>], for node: OverlayNode) -> OverlayTable {
        var elements = elements
        for set in sets {
            guard let found = lasting[set.name] else { continue }
            let isSource = IPFamily.allCases.contains { OverlaySet.tunnelSources($0) == set.name }
            guard !isSource || node.encryption != .require else { continue }
            let wanted = elements[set.name] ?? []
            elements[set.name] =
                set.flags.contains(.interval)
                ? Set(Self.intervals(Self.ranges(wanted) + Self.ranges(found))) : wanted.union(found)
        }
        return OverlayTable(node, elements: elements)
    }
}
