import Logging
import Netlink
import OverlayCore
import OverlayDataplane
import PathProbing

extension OverlayDaemon {
    /// How often the kernel is asked which peers there is traffic with.
    private static let trafficInterval: Duration = .seconds(2)
    /// Up to so many peers all are probed each second anyway.
    private static let fewPeers = 60

    /// Tells the prober which peers there is traffic with, until the task is cancelled: with many peers these are probed
    /// more often than the others.
    func watchTraffic() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.trafficInterval)
            guard view.members.count > Self.fewPeers else { continue }
            do {
                let ages = try await reconciler.tunnelUse()
                var used: [PeerID: Duration] = [:]
                for id in view.members.keys {
                    guard let age = ages[LinkLayerAddress(bytes: id.tunnelLinkAddress)] else { continue }
                    if age < Self.trafficInterval * 2 { used[id] = age }
                }
                prober.update(used: used)
            } catch {
                logger.debug("cannot see which peers there is traffic with", metadata: ["error": "\(error)"])
            }
        }
    }
}
