public import Logging
public import Observability

/// The server of `/metrics`, `/proxyMode` and `/configz`, on port 10249 unless configured otherwise.
public enum MetricsServer {
    /// The service that serves there; nil where the configuration switches it off.
    ///
    /// - Parameters:
    ///   - configuration: Where to listen, whether failing to ends the process, and what `/configz` shows.
    ///   - registry: What `/metrics` shows.
    ///   - events: Where a failure to listen is told.
    ///   - nodeName: The Node that such an event regards.
    ///   - logger: Where it is logged.
    public static func makeService(
        _ configuration: ProxyConfiguration,
        registry: MetricsRegistry,
        events: any EventRecorder,
        nodeName: String,
        logger: Logger
    ) -> StatusService? {
        guard let address = configuration.metricsAddress else { return nil }
        let routes = routes(configuration, registry: registry)
        var service = StatusService(name: "metrics", addresses: [address], logger: logger) { routes.respond(to: $0) }
        service.failsHard = configuration.bindAddressHardFail
        service.didFail = { events.record(.failedToStartMetricServer(nodeName: nodeName, error: $0)) }
        return service
    }

    static func routes(_ configuration: ProxyConfiguration, registry: MetricsRegistry) -> StatusRoutes {
        var routes = StatusRoutes()
        routes.get("/metrics") { _ in
            StatusResponse(
                status: 200,
                headers: [.init("Content-Type", MetricsRegistry.contentType)],
                body: registry.exposition()
            )
        }
        routes.get("/healthz") { _ in .text("ok") }
        routes.get("/proxyMode") { _ in .text("nftables") }
        var document = configuration.document
        // Upstream shows the mode in use.
        document.mode = "nftables"
        let configz = "{\"kubeproxy.config.k8s.io\":\(document.json)}"
        routes.get("/configz") { _ in .json(configz) }
        return routes
    }
}
