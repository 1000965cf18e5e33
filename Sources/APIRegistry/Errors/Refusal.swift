public import KubernetesAPI

/// Why a request is not done: what the server answers, in the words of kube-apiserver.
///
/// Made by the functions in the extensions, one for each kind of refusal. Source:
/// `k8s.io/apimachinery/pkg/api/errors/errors.go`.
public struct Refusal: Error, Sendable, Hashable {
    /// For programs: `reason` of the `Status`.
    public enum Reason: String, Sendable, Hashable, CaseIterable {
        /// Nobody knows who asks (401).
        case unauthorized = "Unauthorized"
        /// Who asks may not (403).
        case forbidden = "Forbidden"
        /// There is no such object, or no such path (404).
        case notFound = "NotFound"
        /// An object of that name is there (409).
        case alreadyExists = "AlreadyExists"
        /// The object is not as the request supposes (409).
        case conflict = "Conflict"
        /// What is asked for is no longer kept (410).
        case gone = "Gone"
        /// The resourceVersion, or the continue token, is too old (410).
        case expired = "Expired"
        /// The object has wrong fields (422).
        case invalid = "Invalid"
        /// The request is malformed (400).
        case badRequest = "BadRequest"
        /// Not with this method (405).
        case methodNotAllowed = "MethodNotAllowed"
        /// Not in a format that the client accepts (406).
        case notAcceptable = "NotAcceptable"
        /// The request is too large (413).
        case requestEntityTooLarge = "RequestEntityTooLarge"
        /// The body has a format that the server does not read (415).
        case unsupportedMediaType = "UnsupportedMediaType"
        /// Too much at once: try again later (429).
        case tooManyRequests = "TooManyRequests"
        /// The server failed (500).
        case internalError = "InternalError"
        /// The operation could not be completed at this time (500).
        case serverTimeout = "ServerTimeout"
        /// The server, or what it depends on, is not there (503).
        case serviceUnavailable = "ServiceUnavailable"
        /// It took too long (504).
        case timeout = "Timeout"

        /// The HTTP status.
        public var code: Int {
            switch self {
            case .badRequest: 400
            case .unauthorized: 401
            case .forbidden: 403
            case .notFound: 404
            case .methodNotAllowed: 405
            case .notAcceptable: 406
            case .alreadyExists, .conflict: 409
            case .gone, .expired: 410
            case .requestEntityTooLarge: 413
            case .unsupportedMediaType: 415
            case .invalid: 422
            case .tooManyRequests: 429
            case .internalError, .serverTimeout: 500
            case .serviceUnavailable: 503
            case .timeout: 504
            }
        }
    }

    /// For programs.
    public var reason: Reason
    /// For people.
    public var message: String
    /// What it is about; nil where the answer has no details.
    public var details: Status.Details?
    /// With which a list that can no longer be continued goes on with the present state; empty for nothing of that.
    public var continueToken = ""

    /// A refusal from its parts.
    public init(_ reason: Reason, _ message: String, details: Status.Details? = nil) {
        self.reason = reason
        self.message = message
        self.details = details
    }

    /// The HTTP status.
    public var code: Int { reason.code }

    /// What the `Retry-After` header says, in seconds; nil for no such header.
    public var retryAfterSeconds: Int? { details?.retryAfterSeconds }

    /// What is answered.
    public var status: Status {
        Status(
            status: "Failure",
            message: message,
            reason: reason.rawValue,
            code: code,
            details: details,
            continueToken: continueToken
        )
    }
}

extension Refusal: CustomStringConvertible {
    /// The message.
    public var description: String { message }
}
