import Addressing
import Logging
import Netlink
import ServiceLifecycle

/// Follows the machine's addresses and default routes, so that NodePorts follow them too.
struct NodeAddressWatch: ServiceLifecycle.Service, CustomStringConvertible {
    let inbox: Inbox
    let logger: Logger

    let description = "node addresses"

    func run() async throws {
        // Listening begins before reading, so that no change falls in between.
        let monitor = try RouteMonitor([.addresses, .routes], in: .current())
        let connection = try RouteConnection()
        try await publish(connection)
        for try await event in monitor.cancelOnGracefulShutdown() {
            switch event {
            case .overrun: try await publish(connection)
            case .changed(let change) where change.concernsNodeAddresses: try await publish(connection)
            case .changed: continue
            }
        }
    }

    private func publish(_ connection: RouteConnection) async throws {
        let network = try await connection.localNetwork()
        logger.debug(
            "addresses of this machine",
            metadata: ["addresses": "\(network.addresses.map { "\($0.address)" }.joined(separator: ","))"]
        )
        inbox.post { $0.localNetwork = network }
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
        case .address, .addressRemoved, .linkRemoved: true
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
