/// What is asked, as far as authorization is concerned.
///
/// Source: `k8s.io/apiserver/pkg/authorization/authorizer/interfaces.go`.
public struct RequestAttributes: Sendable, Hashable {
    /// Who asks.
    public var identity: RequestIdentity
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; for paths that are no
    /// resources the HTTP method in lower case.
    public var verb: String
    /// What is asked of.
    public var target: Target

    /// A resource or a path.
    public enum Target: Sendable, Hashable {
        /// Objects of a kind; an empty name means all, an empty namespace all or none.
        case resource(group: String, plural: String, subresource: String, namespace: String, name: String)
        /// A path that is no resource, such as `/healthz`.
        case path(String)
    }

    /// What the field selector demands to be equal, such as `spec.nodeName` to `n0`.
    public var fieldsEqual: [String: String]

    /// Attributes from their parts.
    public init(identity: RequestIdentity, verb: String, target: Target, fieldsEqual: [String: String] = [:]) {
        self.identity = identity
        self.verb = verb
        self.target = target
        self.fieldsEqual = fieldsEqual
    }
}

/// Whether somebody may.
public enum AccessDecision: Sendable, Hashable {
    /// Yes; why, for the log.
    case allowed(reason: String)
    /// No; why, for the client.
    case denied(reason: String)
}

/// Decides whether somebody may do something.
public protocol Authorizer: Sendable {
    /// Decides, from what is in memory.
    func decide(_ attributes: RequestAttributes) -> AccessDecision

    /// What somebody may in a namespace, and everywhere; by default nothing that could be told.
    func rules(for identity: RequestIdentity, namespace: String) -> RuleList
}

extension Authorizer {
    /// Nothing that could be told.
    public func rules(for identity: RequestIdentity, namespace: String) -> RuleList { RuleList() }
}

/// What somebody may, as far as rules can say it.
public struct RuleList: Sendable, Hashable {
    /// The rules.
    public var rules: [PolicyRule]
    /// Why there may be more; nil where these are all.
    public var gap: String?

    /// A list from its parts.
    public init(_ rules: [PolicyRule] = [], gap: String? = nil) {
        self.rules = rules
        self.gap = gap
    }
}

/// Finds out who asks.
public protocol Authenticator: Sendable {
    /// The identity that a bearer token stands for; nil where it stands for nobody (answered with 401).
    func identity(bearerToken: String) async -> RequestIdentity?

    /// Whom a bearer token stands for where it is shown to others; nil where it stands for nobody, or is for none of
    /// them. By default only tokens that are shown to this server are known.
    ///
    /// - Parameter audiences: To whom it was shown; empty for this server.
    func standing(ofToken token: String, audiences: [String]) async -> TokenStanding?

    /// The identity in a client certificate that a trusted authority signed: common name and organizations.
    ///
    /// - Parameter certificate: DER.
    func identity(certificate: [UInt8]) async -> RequestIdentity?
}

extension Authenticator {
    /// Knows only tokens that are shown to this server.
    public func standing(ofToken token: String, audiences: [String]) async -> TokenStanding? {
        guard audiences.isEmpty, let identity = await identity(bearerToken: token) else { return nil }
        return TokenStanding(identity: identity, audiences: [])
    }
}

/// Whom a token stands for, and where.
public struct TokenStanding: Sendable, Hashable {
    /// Whom it stands for.
    public var identity: RequestIdentity
    /// For which of the audiences that were asked for it counts.
    public var audiences: [String]

    /// What a token is, from its parts.
    public init(identity: RequestIdentity, audiences: [String]) {
        self.identity = identity
        self.audiences = audiences
    }
}
