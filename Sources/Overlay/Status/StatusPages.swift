import Addressing
public import Observability

/// What is served on TCP 6784 of loopback: status, report and metrics, all of it read only.
public struct StatusPages: Sendable {
    /// How the overlay is now.
    let status: @Sendable () async -> OverlayStatus
    let registry: MetricsRegistry
    /// Names, besides loopback's, under which the server may be spoken to.
    let hosts: Set<String>

    /// Pages of that status.
    ///
    /// - Parameter address: Where they are served; a request must name this host, a loopback address or `localhost`.
    public init(
        address: ListenAddress,
        registry: MetricsRegistry,
        status: @escaping @Sendable () async -> OverlayStatus
    ) {
        self.status = status
        self.registry = registry
        hosts = ["localhost", "127.0.0.1", "::1", address.host]
    }

    /// The answer to a request.
    public func respond(to request: StatusRequest) async -> StatusResponse {
        // A page of a foreign site may have its own name resolve to 127.0.0.1, and then read what is served there
        // (DNS rebinding): its requests name that site.
        guard let host = request.host.map(Self.name(ofHost:)), hosts.contains(host) else {
            return .text("403 forbidden: the Host header must be localhost or this server's address\n", status: 403)
        }
        guard Self.paths.contains(request.path) else { return .notFound }
        return routes(await status()).respond(to: request)
    }

    private static let paths: Set<String> = {
        Set(StatusPage.allCases.map(path(of:)) + ["/report", "/healthz", "/metrics"])
    }()

    private static func path(of page: StatusPage) -> String {
        page == .summary ? "/status" : "/status/\(page.rawValue)"
    }

    private func routes(_ status: OverlayStatus) -> StatusRoutes {
        var routes = StatusRoutes()
        for page in StatusPage.allCases {
            routes.get(Self.path(of: page)) { _ in .text(status.text(page)) }
        }
        routes.get("/report") { _ in .json(status.json) }
        routes.get("/healthz") { _ in
            status.obstacles.isEmpty ? .text("ok") : .text(status.obstacles.map { "\($0)\n" }.joined(), status: 503)
        }
        routes.get("/metrics") { [registry] _ in
            StatusResponse(
                status: 200,
                headers: [.init("Content-Type", MetricsRegistry.contentType)],
                body: registry.exposition()
            )
        }
        return routes
    }

    /// `[::1]:6784` and `localhost:6784` without port and brackets, in lower case.
    static func name(ofHost host: String) -> String {
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
            return host[host.index(after: host.startIndex)..<end].lowercased()
        }
        let parts = host.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 2 ? parts[0].lowercased() : host.lowercased()
    }
}
