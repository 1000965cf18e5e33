public import Logging
public import Observability

/// The server of `/healthz` and `/livez`, on port 10256 unless configured otherwise.
public enum HealthServer {
    /// The service that serves there; nil where the configuration switches it off.
    ///
    /// - Parameters:
    ///   - configuration: Where to listen, and whether failing to ends the process.
    ///   - health: What is told.
    ///   - metrics: Where answers are counted.
    ///   - events: Where a failure to listen is told.
    ///   - nodeName: The Node that such an event regards.
    ///   - logger: Where it is logged.
    public static func makeService(
        _ configuration: ProxyConfiguration,
        health: HealthState,
        metrics: ProxyMetrics,
        events: any EventRecorder,
        nodeName: String,
        logger: Logger
    ) -> StatusService? {
        guard let address = configuration.healthzAddress else { return nil }
        var service = StatusService(name: "health", addresses: [address], logger: logger) { request in
            respond(to: request, health: health, metrics: metrics)
        }
        service.failsHard = configuration.bindAddressHardFail
        service.didFail = { events.record(.failedToStartProxierHealthcheck(nodeName: nodeName, error: $0)) }
        return service
    }

    /// The answer to a request; any method will do, as upstream.
    static func respond(to request: StatusRequest, health: HealthState, metrics: ProxyMetrics) -> StatusResponse {
        guard let path = ProxyHealth.Path(rawValue: request.path) else { return .notFound }
        let response = health.response(to: path)
        metrics.countAnswer(path, status: response.status)
        return response
    }
}
