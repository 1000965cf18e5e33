import APIRegistry
import JSON
import KubernetesAPI
import Observability

/// Answers requests for paths that are no resources: discovery, version, health, metrics, OpenAPI.
struct PathHandler: Sendable {
    /// What discovery says.
    let discovery: Discovery
    /// Whether the server works.
    let health: HealthChecks
    /// What OpenAPI says.
    let openAPI: OpenAPIDocuments
    /// How tokens are checked; nil where there are none.
    let openID: OpenIDDocuments?
    /// What was counted.
    let metrics: MetricsRegistry

    /// Whether a path is one that tells whether the server works.
    static func isHealth(_ path: String) -> Bool {
        ["/healthz", "/livez", "/readyz"].contains { path == $0 || path.hasPrefix($0 + "/") }
    }

    /// Answers a request.
    func answer(_ request: APIRequest) async throws(Refusal) -> Reply {
        let segments = request.segments
        guard request.method == "GET" || request.method == "HEAD" else { throw .methodNotAllowed }
        switch segments.first {
        case nil:
            let paths: JSONValue = ["paths": .strings(discovery.paths)]
            return Reply(contentType: "application/json", paths.json)
        case "api", "apis":
            return try discover(request)
        case "version" where segments.count == 1:
            return Reply(contentType: "application/json", ServerVersion.json)
        case "healthz", "livez", "readyz":
            return await health.answer(segments, query: request.query)
        case "openapi":
            return try openAPI.answer(segments, accept: request.accept, knownTag: request.knownTag)
        case "metrics" where segments.count == 1:
            return Reply(contentType: MetricsRegistry.contentType, Array(metrics.exposition().utf8))
        default:
            guard let reply = openID?.answer(segments, address: discovery.serverAddress) else { throw .unknownPath }
            return reply
        }
    }

    private func discover(_ request: APIRequest) throws(Refusal) -> Reply {
        let segments = request.segments
        let offer = AcceptHeader.Offer(hasAggregation: segments.count == 1, hasProtobuf: false)
        guard let form = request.accept.form(offer) else { throw .notAcceptable() }
        if case .aggregatedDiscovery = form.shape {
            var reply = Reply(contentType: form.contentType, discovery.aggregated(isCore: segments[0] == "api"))
            reply.headers = [("Vary", "Accept"), ("Cache-Control", "public")]
            return reply
        }
        guard let body = discovery.plain(segments) else { throw .unknownPath }
        var reply = Reply(contentType: "application/json", body)
        if segments.count == 1 { reply.headers = [("Vary", "Accept")] }
        return reply
    }
}

/// What `/version` says.
enum ServerVersion {
    /// The version of the API that is served.
    static let git = "v1.36.0+trama"

    /// The answer.
    static var json: [UInt8] {
        let value: JSONValue = [
            "major": "1", "minor": "36",
            "emulationMajor": "1", "emulationMinor": "36",
            "minCompatibilityMajor": "1", "minCompatibilityMinor": "35",
            "gitVersion": .string(git), "gitCommit": "", "gitTreeState": "clean",
            "buildDate": "1970-01-01T00:00:00Z", "goVersion": "", "compiler": "swiftc",
            "platform": .string(platform),
        ]
        return value.json
    }

    private static var platform: String {
        #if arch(arm64)
        "linux/arm64"
        #else
        "linux/amd64"
        #endif
    }
}
