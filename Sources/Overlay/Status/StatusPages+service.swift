import Logging
import Observability

extension StatusPages {
    /// A server of the pages; each request asks the daemon how it is.
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
