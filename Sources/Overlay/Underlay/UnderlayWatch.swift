import Addressing
import Logging
import Netlink
import ServiceLifecycle

/// Tells which network our tunnels begin in, each time that changes.
struct UnderlayWatch: ServiceLifecycle.Service, CustomStringConvertible {
    /// Picks the underlay out of what the host has.
    let select: @Sendable (HostNetwork) -> Underlay?
    /// Is told of the underlay: nil when there is none. Called once at the beginning, then at changes.
    let publish: @Sendable (Underlay?) async -> Void
    let logger: Logger

    let description = "underlay"

    /// Addresses come and go in groups (a DHCP client, a restart of the network).
    private static let settleTime: Duration = .milliseconds(50)
    private static let retryPause: Duration = .seconds(1)

    func run() async throws {
        var published: Underlay??
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            do {
                let monitor = try RouteMonitor([.links, .addresses, .routes], in: .current())
                // Listening begins before reading, so that no change falls in between.
                try await read(into: &published)
                for try await event in monitor.cancelOnGracefulShutdown() {
                    if case .changed(let change) = event, !change.concernsUnderlay { continue }
                    try await Task.sleep(for: Self.settleTime)
                    try await read(into: &published)
                }
                return
            } catch is CancellationError {
                return
            } catch {
                logger.error(
                    "cannot follow the addresses of this machine, listening anew",
                    metadata: ["error": "\(error)", "after": "\(Self.retryPause)"]
                )
                try? await Task.sleep(for: Self.retryPause)
            }
        }
    }

    private func read(into published: inout Underlay??) async throws {
        let underlay = select(try await HostNetwork.read())
        guard published != .some(underlay) else { return }
        published = underlay
        await publish(underlay)
    }
}

extension HostNetwork {
    /// What the kernel says now.
    static func read() async throws(NetlinkError) -> HostNetwork {
        let connection = try RouteConnection()
        var network = HostNetwork()
        network.links = try await connection.links()
        network.addresses = try await connection.addresses()
        for family in IPFamily.allCases {
            network.defaultRoutes += try await connection.routes(family: family).filter { $0.destination.length == 0 }
        }
        return network
    }
}

extension RouteChange {
    /// Pods come and go without the underlay being another.
    fileprivate var concernsUnderlay: Bool {
        switch self {
        case .address, .addressRemoved, .link, .linkRemoved: true
        case .route(let route), .routeRemoved(let route): route.destination.length == 0
        default: false
        }
    }
}
