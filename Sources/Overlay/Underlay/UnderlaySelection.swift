import Addressing
import Synchronization

/// Chooses the underlay, and stays with what it chose as long as that will do.
final class UnderlaySelection: Sendable {
    private let wanted: IPAddress?
    private let targets: [IPAddress]
    private let excluded: [IPPrefix]
    private let ownDevices: Set<String>
    private let current = Mutex<IPAddress?>(nil)

    init(wanted: IPAddress?, targets: [IPAddress], excluded: [IPPrefix], ownDevices: Set<String>) {
        self.wanted = wanted
        self.targets = targets
        self.excluded = excluded
        self.ownDevices = ownDevices
    }

    /// The underlay of a host that has that.
    @Sendable func select(_ network: HostNetwork) -> Underlay? {
        current.withLock { current in
            let underlay = network.underlay(
                wanted: wanted,
                targets: targets,
                current: current,
                excluding: excluded,
                isOurs: { ownDevices.contains($0) || HostNetwork.isOverlayLink($0) }
            )
            if let underlay { current = underlay.address }
            return underlay
        }
    }
}
