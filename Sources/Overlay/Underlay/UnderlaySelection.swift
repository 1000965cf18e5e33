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
                isOurs: { name in
                    ownDevices.contains(name)
                        || ["tr", "tb-", "tv-"].contains { name.hasPrefix($0) && name.utf8.count > $0.utf8.count + 1 }
                }
            )
            if let underlay { current = underlay.address }
            return underlay
        }
    }
}
