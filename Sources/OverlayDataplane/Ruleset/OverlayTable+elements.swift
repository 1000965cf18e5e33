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
        elements[OverlaySet.podLinks] = Set(state.pods.compactMap { linkName($0.interface).map { Element($0) } })
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
        var ranges: [(first: IPAddress, last: IPAddress)] = []
        for prefix in prefixes.sorted() {
            if let previous = ranges.last, prefix.address <= previous.last || prefix.address == previous.last.successor
            {
                ranges[ranges.count - 1].last = max(previous.last, prefix.lastAddress)
            } else {
                ranges.append((prefix.address, prefix.lastAddress))
            }
        }
        return ranges.flatMap { range -> [Element] in
            let first = Element(RegisterValue(range.first))
            guard let next = range.last.successor else { return [first] }
            var end = Element(RegisterValue(next))
            end.isIntervalEnd = true
            return [first, end]
        }
    }
}
