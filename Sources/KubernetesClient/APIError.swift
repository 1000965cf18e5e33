import JSON
public import KubernetesAPI

/// An answer of the API server that is an error.
public struct APIError: Error, Sendable, Equatable {
    /// What was asked, such as `GET /api/v1/services`.
    public var request: String
    /// The HTTP status, or the `code` of the `Status` object where it came inside a watch.
    public var code: Int
    /// The server's `Status` object; its message is the answer's text where the answer was no such object.
    public var status: Status
    /// How long the server asks to be left alone; nil where it does not say.
    public var retryAfter: Duration?

    /// An error from its parts.
    public init(request: String, code: Int, status: Status, retryAfter: Duration? = nil) {
        self.request = request
        self.code = code
        self.status = status
        self.retryAfter = retryAfter
    }

    /// An error that came inside a watch.
    init(request: String, status: Status) {
        self.init(
            request: request,
            code: status.code,
            status: status,
            retryAfter: status.details?.retryAfterSeconds.map { .seconds(max($0, 0)) }
        )
    }

    /// True where the server does not have the asked version: it lags behind, or its data was set back.
    var isVersionTooLarge: Bool {
        status.details?.causes.contains { $0.reason == "ResourceVersionTooLarge" } ?? false
    }
}

extension APIError: CustomStringConvertible {
    /// `GET /api/v1/services: HTTP 403 (Forbidden): the server's words`.
    public var description: String {
        var text = "\(request): HTTP \(code)"
        if !status.reason.isEmpty { text += " (\(status.reason))" }
        if !status.message.isEmpty { text += ": \(status.message)" }
        return text
    }
}

extension Status {
    /// How much is shown of an answer that is no Status object, in bytes: proxies answer with whole web pages.
    private static var textLimit: Int { 200 }

    /// The Status that an answer's body holds; a body that holds none becomes the message.
    init(answer bytes: [UInt8]) {
        var reader = JSONReader(bytes)
        do {
            try self.init(from: &reader)
        } catch {
            let text = String(decoding: bytes.prefix(Self.textLimit), as: UTF8.self).trimmingWhitespace()
            self.init(message: bytes.count > Self.textLimit ? "\(text)…" : text)
        }
    }
}
