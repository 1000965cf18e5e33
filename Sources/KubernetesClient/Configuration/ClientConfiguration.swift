/// Everything needed to speak to one API server.
public struct ClientConfiguration: Sendable {
    /// Where the server is.
    public var server: ServerAddress
    /// How the server is recognized.
    public var trust: ServerTrust
    /// How the client proves who it is.
    public var authentication: Authentication
    /// Whom the client asks to be taken for (`act-as` of a kubeconfig); nil for itself.
    public var impersonation: Impersonation?
    /// The proxy in between; nil for none.
    public var proxy: ProxyAddress?
    /// Requests a second over time; not limited where it is zero or negative. Upstream's kube-proxy default is 5.
    public var requestsPerSecond: Double = 5
    /// Requests that may go at once after a rest.
    public var burst: Int = 10
    /// Sent as `User-Agent`.
    public var userAgent: String = "trama"
    /// How long a connection may take to come about.
    public var connectTimeout: Duration = .seconds(30)
    /// A connection that brought no byte for this long is dead; longer than the minute between two bookmarks.
    public var readTimeout: Duration = .seconds(90)

    /// A configuration with no limits changed.
    public init(
        server: ServerAddress,
        trust: ServerTrust = ServerTrust(),
        authentication: Authentication = .none,
        impersonation: Impersonation? = nil,
        proxy: ProxyAddress? = nil
    ) {
        self.server = server
        self.trust = trust
        self.authentication = authentication
        self.impersonation = impersonation
        self.proxy = proxy
    }
}

/// How the client recognizes the server.
public struct ServerTrust: Sendable, Equatable {
    /// The certificate authorities, PEM; nil for those of the system.
    public var authorities: SecretSource?
    /// The name that the server's certificate must hold, where it is not the name that is connected to.
    public var serverName: String?
    /// True: any certificate will do. Never the default.
    public var acceptsAnyCertificate: Bool

    /// Trusts the given authorities, or else the system's.
    public init(authorities: SecretSource? = nil, serverName: String? = nil, acceptsAnyCertificate: Bool = false) {
        self.authorities = authorities
        self.serverName = serverName
        self.acceptsAnyCertificate = acceptsAnyCertificate
    }
}

/// How the client proves who it is.
public enum Authentication: Sendable, Equatable {
    /// Not at all.
    case none
    /// A TLS client certificate and its key, PEM.
    case clientCertificate(chain: SecretSource, key: SecretSource)
    /// A bearer token.
    case token(SecretSource)
    /// A name and a password.
    case basic(username: String, password: String)
    /// A program that gives out a token or a certificate.
    case exec(ExecPlugin)
    /// Several of the above at once, as a kubeconfig user may hold a certificate and a token.
    case all([Authentication])
}

/// Whom the client asks to be taken for.
public struct Impersonation: Sendable, Equatable {
    /// `Impersonate-User`.
    public var user: String
    /// `Impersonate-Uid`.
    public var uid: String?
    /// `Impersonate-Group`, one header each.
    public var groups: [String]

    /// Asks to be taken for `user`.
    public init(user: String, uid: String? = nil, groups: [String] = []) {
        self.user = user
        self.uid = uid
        self.groups = groups
    }
}
