import Observability
import ServiceRouting
import Synchronization

/// What a `healthCheckNodePort` server says, shared by its listeners.
final class HealthCheckState: Sendable {
    private let service: ObjectKey
    private let count = Atomic<Int>(0)

    init(_ service: ObjectKey) {
        self.service = service
    }

    /// Distinct addresses of ready endpoints on this node.
    var localEndpointCount: Int {
        get { count.load(ordering: .relaxed) }
        set { count.store(newValue, ordering: .relaxed) }
    }

    /// The answer to any request, byte for byte as upstream gives it.
    func response(isProxyHealthy: Bool) -> StatusResponse {
        let count = localEndpointCount
        var response = StatusResponse.json(
            """
            {
            \t"service": {
            \t\t"namespace": \(service.namespace.quoted),
            \t\t"name": \(service.name.quoted)
            \t},
            \t"localEndpoints": \(count),
            \t"serviceProxyHealthy": \(isProxyHealthy)
            }
            """,
            status: count > 0 && isProxyHealthy ? 200 : 503
        )
        response.headers.append(.init("X-Load-Balancing-Endpoint-Weight", String(count)))
        return response
    }
}
