/// A request to a status server. Bodies are not read.
public struct StatusRequest: Sendable, Equatable {
    /// `GET`, `HEAD`, …
    public var method: String
    /// The path as sent, without the query: `/healthz`.
    public var path: String
    /// What follows the question mark; empty without one.
    public var query: String
    /// The `Host` header as sent; nil without one. A page of a foreign site that a browser on this machine shows can
    /// reach servers on loopback by a name that resolves there: only this header tells.
    public var host: String?

    /// A request for that target: `/path?query`.
    public init(method: String = "GET", target: String, host: String? = nil) {
        self.method = method
        self.host = host
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts[0])
        query = parts.count > 1 ? String(parts[1]) : ""
    }
}

/// The answer of a status server. `Date` and `Content-Length` are added when it is sent.
public struct StatusResponse: Sendable, Equatable {
    /// A header line.
    public struct Header: Sendable, Equatable {
        /// Its name, as sent.
        public var name: String
        /// Its value.
        public var value: String

        /// The line `name: value`.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The HTTP status code.
    public var status: Int
    /// Header lines in the order in which they are sent.
    public var headers: [Header]
    /// The body.
    public var body: String

    /// An answer with these headers and body.
    public init(status: Int, headers: [Header], body: String) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Plain text.
    public static func text(_ body: String, status: Int = 200) -> StatusResponse {
        StatusResponse(
            status: status,
            headers: [
                Header("Content-Type", "text/plain; charset=utf-8"), Header("X-Content-Type-Options", "nosniff"),
            ],
            body: body
        )
    }

    /// JSON text.
    public static func json(_ body: String, status: Int = 200) -> StatusResponse {
        StatusResponse(
            status: status,
            headers: [Header("Content-Type", "application/json"), Header("X-Content-Type-Options", "nosniff")],
            body: body
        )
    }

    /// What is said of a path that is not served.
    public static let notFound = StatusResponse.text("404 page not found\n", status: 404)
}

/// Answers requests from memory: called on an event loop, so it must neither block nor wait.
public typealias StatusHandler = @Sendable (StatusRequest) -> StatusResponse

/// Who answers the requests of a status server.
public enum StatusResponder: Sendable {
    /// From memory, on the event loop: is served even where every thread of Swift's pool is busy.
    case immediate(StatusHandler)
    /// By asking others first, who may need a thread of Swift's pool.
    case deferred(@Sendable (StatusRequest) async -> StatusResponse)
}

/// Answers by path; other paths are not found, and methods other than GET and HEAD are refused.
public struct StatusRoutes: Sendable {
    private var handlers: [String: StatusHandler] = [:]

    /// No paths.
    public init() {}

    /// Serves the path by the handler.
    public mutating func get(_ path: String, _ handler: @escaping StatusHandler) {
        handlers[path] = handler
    }

    /// The answer to the request.
    public func respond(to request: StatusRequest) -> StatusResponse {
        guard let handler = handlers[request.path] else { return .notFound }
        guard request.method == "GET" || request.method == "HEAD" else {
            var refusal = StatusResponse.text("405 method not allowed\n", status: 405)
            refusal.headers.append(.init("Allow", "GET, HEAD"))
            return refusal
        }
        return handler(request)
    }
}
