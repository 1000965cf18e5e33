/// Which etcd cluster, and how it is spoken to.
public struct EtcdConfiguration: Sendable {
    /// Certificates and a key by which servers and clients know each other, as PEM.
    public struct TLS: Sendable {
        /// Who may have signed the servers' certificates; nil for whom the system trusts.
        public var authorities: [UInt8]?
        /// The client's certificate, with those between it and its authority.
        public var certificate: [UInt8]?
        /// The key of the client's certificate.
        public var key: [UInt8]?

        /// Settings from their parts.
        public init(authorities: [UInt8]? = nil, certificate: [UInt8]? = nil, key: [UInt8]? = nil) {
            self.authorities = authorities
            self.certificate = certificate
            self.key = key
        }
    }

    /// The members' client URLs, such as `https://10.0.0.1:2379`. The first that answers is used, then the next.
    public var endpoints: [String]
    /// What is used with `https`.
    public var tls: TLS
    /// What stands before every key, in etcd only.
    public var prefix: String
    /// How long a connection may take.
    public var connectTimeout: Duration
    /// How long an answer may take.
    public var requestTimeout: Duration
    /// How long a read waits for one member before it asks the next, where there are several.
    public var failoverTimeout: Duration
    /// How long a watch goes on trying to find a member that answers.
    public var watchRetryDuration: Duration

    /// A configuration from its parts.
    public init(
        endpoints: [String],
        tls: TLS = TLS(),
        prefix: String = "",
        connectTimeout: Duration = .seconds(2),
        requestTimeout: Duration = .seconds(10),
        failoverTimeout: Duration = .seconds(2),
        watchRetryDuration: Duration = .seconds(30)
    ) {
        self.endpoints = endpoints
        self.tls = tls
        self.prefix = prefix
        self.connectTimeout = connectTimeout
        self.requestTimeout = requestTimeout
        self.failoverTimeout = failoverTimeout
        self.watchRetryDuration = watchRetryDuration
    }
}

/// A setting that cannot be used.
public struct EtcdConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Which setting.
    public var field: String
    /// What is wrong with it, and what would be right.
    public var reason: String

    /// For people.
    public var description: String { "etcd: \(field): \(reason)" }
}
