import Addressing
import KubernetesClient
import Logging
import Netlink
import ServiceLifecycle

/// Follows the machine's addresses and default routes, so that NodePorts follow them too.
///
/// Nothing of it ends the process: what cannot be read now, such as a list that changes while it is read, is read again.
struct NodeAddressWatch: ServiceLifecycle.Service, CustomStringConvertible {
    let inbox: Inbox
    let logger: Logger
    var time = Timekeeper.continuous

    let description = "node addresses"

    func run() async throws {
        // A connection for each reading: of one where a reading broke off, the rest of the answer would be in the way.
        let reader = NodeAddressReader(logger: logger, time: time) {
            try await RouteConnection().localNetwork()
        } publish: { network in
            inbox.post { $0.localNetwork = network }
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await reader.run() }
            group.addTask { await follow(reader) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Listens, anew where it fails, until the process is to end.
    private func follow(_ reader: NodeAddressReader) async {
        var pause = RetryPause()
        while true {
            do {
                let monitor = try RouteMonitor([.links, .addresses, .routes], in: .current())
                // Listening begins before reading, so that no change falls in between.
                reader.noteChange()
                var links = LinkStates()
                for try await event in monitor.cancelOnGracefulShutdown() {
                    pause = RetryPause()
                    switch event {
                    case .overrun:
                        links = LinkStates()
                        reader.noteChange()
                    case .changed(let change):
                        if change.concernsNodeAddresses || links.note(change) { reader.noteChange() }
                    }
                }
                return
            } catch {
                let wait = pause.next()
                logger.error(
                    "cannot follow the addresses of this machine, listening anew",
                    metadata: ["error": "\(error)", "after": "\(wait)"]
                )
                guard await time.sleepUnlessStopped(wait) else { return }
            }
        }
    }
}

extension RouteConnection {
    /// What node addresses are chosen from.
    func localNetwork() throws -> LocalNetwork {
        var network = LocalNetwork()
        network.addresses = try addresses().map { LocalAddress($0) }
        for family in IPFamily.allCases {
            let routes = try routes(family: family).filter { $0.destination.length == 0 }
            network.defaultRoutes += routes.flatMap { route in
                route.nextHops.compactMap(\.interface).map { interface in
                    DefaultRoute(
                        family: family,
                        interface: interface,
                        metric: route.metric ?? 0,
                        preferredSource: route.preferredSource
                    )
                }
            }
        }
        return network
    }
}

extension RouteChange {
    /// Whether it may change which addresses the node has, or which of them is its own.
    fileprivate var concernsNodeAddresses: Bool {
        switch self {
        case .address, .addressRemoved: true
        case .route(let route), .routeRemoved(let route): route.destination.length == 0
        default: false
        }
    }
}

extension LocalAddress {
    /// An address as rtnetlink tells it.
    init(_ address: InterfaceAddress) {
        var transient: InterfaceAddressFlags = [.deprecated, .tentative, .duplicate]
        // One bit with two names: IFA_F_SECONDARY of IPv4, where it is harmless, and IFA_F_TEMPORARY of IPv6.
        if address.address.family == .ipv6 { transient.insert(.secondary) }
        self.init(
            interface: address.interface,
            address: address.address,
            scope: address.scope == .universe ? .global : address.scope == .link ? .link : .host,
            isTransient: !address.flags.isDisjoint(with: transient)
        )
    }
}
