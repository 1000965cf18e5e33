/// Why the API server could not be asked, or what it answered instead of the object.
public enum ClientError: Error, Sendable, Equatable {
    /// A kubeconfig, a certificate or a flag cannot be used.
    case configuration(ConfigurationError)
    /// No credential could be had: an unreadable token, an exec plug-in that failed.
    case credentials(String)
    /// No answer came: the name does not resolve, nothing listens, TLS failed, the connection broke.
    case transport(request: String, reason: String)
    /// The server answered with an error.
    case api(APIError)
    /// The answer is not what was asked for.
    case undecodable(request: String, reason: String)
    /// The calling task was cancelled.
    case cancelled
}

extension ClientError: CustomStringConvertible {
    /// The error in one line: what was asked, what is wrong and, where known, the remedy.
    public var description: String {
        switch self {
        case .configuration(let error): error.description
        case .credentials(let reason): "credentials: \(reason)"
        case .transport(let request, let reason): "\(request): \(reason)"
        case .api(let error): error.description
        case .undecodable(let request, let reason): "\(request): cannot read the answer: \(reason)"
        case .cancelled: "cancelled"
        }
    }
}

/// A setting that cannot be used: where it stands, what is wrong, and what to do.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file or flag, as the user knows it.
    public var origin: String
    /// The field's path, such as `users[admin].user.exec.command`; empty where the whole is meant.
    public var field: String
    /// What is wrong, and the remedy.
    public var reason: String

    /// An error about one field.
    public init(origin: String, field: String = "", reason: String) {
        self.origin = origin
        self.field = field
        self.reason = reason
    }

    /// `origin: field: reason`.
    public var description: String {
        field.isEmpty ? "\(origin): \(reason)" : "\(origin): \(field): \(reason)"
    }
}
