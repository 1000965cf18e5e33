import Logging
import Observability
import Synchronization

/// The latest status, for servers that must answer at once.
enum StatusBoard {
    /// Serves the status pages; what they show is renewed for each reading, by way of the daemon.
    static func makeService(
        address: ListenAddress,
        registry: MetricsRegistry,
        daemon: OverlayDaemon,
        logger: Logger
    ) async -> StatusService {
        let pages = StatusPages(address: address, registry: registry) { await daemon.status() }
        var service = StatusService(
            name: "status",
            addresses: [address],
            logger: logger,
            responder: .deferred { await pages.respond(to: $0) }
        )
        service.failsHard = true
        return service
    }
}
