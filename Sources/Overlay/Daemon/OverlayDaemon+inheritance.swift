import Addressing
import Logging
import OverlayCore
import OverlayDataplane
import WireGuard

extension OverlayDaemon {
    /// The ways that an earlier daemon left in the kernel: packets go on by them until something better is known.
    ///
    /// - Parameter state: With the peers that are known, whatever their ways are in it.
    func inheritedWays(of state: OverlayState) async -> [PeerID: PeerRoute] {
        var ways: [PeerID: PeerRoute]
        do {
            ways = try await reconciler.ways(to: state)
        } catch {
            logger.warning("cannot read the routes of an earlier daemon", metadata: ["error": "\(error)"])
            return [:]
        }
        let encrypted = ways.filter { $0.value.transport == .wireGuard }
        if !encrypted.isEmpty, let status = await feed?.deviceStatus() {
            let carriers = Self.carriers(in: status, of: state)
            for (id, way) in encrypted {
                guard case .wireGuard(let mtu) = way, let carrier = carriers[id], carrier != id else { continue }
                ways[id] = .relay(carrier, over: .wireGuard, mtu: mtu)
            }
        }
        return ways
    }

    /// The peer whose key has each peer's prefixes.
    private static func carriers(in status: WireGuardStatus, of state: OverlayState) -> [PeerID: PeerID] {
        var owners: [WireGuardKey: PeerID] = [:]
        for (id, peer) in state.peers {
            if let key = WireGuardKey(bytes: peer.record.wireGuardKey) { owners[key] = id }
        }
        var carriers: [IPPrefix: PeerID] = [:]
        for (key, peer) in status.peers {
            guard let owner = owners[key] else { continue }
            for prefix in peer.peer.allowedPrefixes { carriers[prefix] = owner }
        }
        return state.peers.compactMapValues { peer in
            peer.record.prefixes.lazy.compactMap { carriers[$0] }.first
        }
    }
}
