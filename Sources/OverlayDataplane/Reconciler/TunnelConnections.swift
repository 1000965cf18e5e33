import Addressing
import NFTables
import Netlink
import OverlayCore

/// The tracked connections that would go into a tunnel. There is none that may: tunnels themselves are not tracked.
///
/// The rules drop the first packet of such a connection. One that was there before the rule, or before the peer that it
/// leads to, would go on, so it is looked for and ended whenever one of them is new.
struct TunnelConnections: Sendable, Equatable {
    /// UDP ports of VXLAN.
    var ports: Set<UInt16>
    /// Where tunnels end: the peers' addresses, and this host's.
    var ends: Set<IPAddress>

    /// Whether a flow is one, by where it leads in the end.
    func contains(_ flow: Flow) -> Bool {
        guard flow.transport == .udp else { return false }
        let (address, port) = (flow.reply.source, flow.reply.sourcePort)
        return PeerID.wireGuardPrefix.contains(address) || ports.contains(port) && ends.contains(address)
    }

    /// Ends those that there are.
    func end(in namespace: borrowing NetworkNamespace) async throws(NetlinkError) {
        let tracking = try ConntrackConnection(in: namespace)
        for family in IPFamily.allCases {
            let flows = try await tracking.flows(FlowFilter(family: family, transport: .udp)) { contains($0) }
            guard !flows.isEmpty else { continue }
            try await tracking.delete(flows)
        }
    }
}

extension OverlayTable {
    /// The connections that this table lets nobody begin.
    var tunnelConnections: TunnelConnections {
        let ports = (elements[OverlaySet.tunnelPorts] ?? []).compactMap { element -> UInt16? in
            let bytes = element.key.bytes
            return bytes.count >= 2 ? UInt16(bytes[0]) << 8 | UInt16(bytes[1]) : nil
        }
        let ends = IPFamily.allCases.flatMap { family in
            (elements[OverlaySet.tunnelSources(family)] ?? []).compactMap { IPAddress(networkBytes: $0.key.bytes) }
        }
        return TunnelConnections(ports: Set(ports), ends: Set(ends))
    }

    /// Whether there are peers or ports that another table has not.
    func leadsElsewhere(than other: OverlayTable) -> Bool {
        ([OverlaySet.tunnelPorts] + IPFamily.allCases.map(OverlaySet.tunnelSources)).contains { set in
            !(other.elements[set] ?? []).isSuperset(of: elements[set] ?? [])
        }
    }
}
