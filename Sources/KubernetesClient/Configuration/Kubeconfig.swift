/// A kubeconfig file: clusters, users, and the contexts that pair them.
///
/// Only what a client uses is read; unknown fields are left alone, as in upstream's programs.
/// Format: `k8s.io/client-go/tools/clientcmd/api/v1`.
public struct Kubeconfig: Sendable, Equatable {
    /// A server and how to recognize it.
    public struct Cluster: Sendable, Equatable {
        /// Where the server is.
        public var server: ServerAddress
        /// How the server is recognized.
        public var trust: ServerTrust
        /// The proxy in between; nil for none.
        public var proxy: ProxyAddress?
    }

    /// Who the client is.
    public struct User: Sendable, Equatable {
        /// How the client proves who it is.
        public var authentication: Authentication
        /// Whom it asks to be taken for; nil for itself.
        public var impersonation: Impersonation?
    }

    /// A cluster and a user, by their names.
    public struct Context: Sendable, Equatable {
        /// The cluster's name; empty for none.
        public var cluster: String
        /// The user's name; empty for none.
        public var user: String
    }

    /// The clusters by name. One that cannot be used is the error that says why: it only matters where it is chosen.
    var clusters: [String: Result<Cluster, ConfigurationError>] = [:]
    /// The users by name.
    var users: [String: Result<User, ConfigurationError>] = [:]
    /// The contexts by name.
    public var contexts: [String: Context] = [:]
    /// The context that is used where none is named; empty for none.
    public var currentContext: String = ""
    /// The file, for errors.
    let origin: String

    init(origin: String) {
        self.origin = origin
    }

    /// Reads a kubeconfig; paths in it are relative to its folder.
    public init(path: String) throws(ClientError) {
        let bytes: [UInt8]
        do {
            bytes = try LocalFile.read(path, limit: 16 << 20)
        } catch {
            throw .configuration(
                ConfigurationError(origin: path, reason: "cannot read the kubeconfig: \(error)")
            )
        }
        try self.init(bytes: bytes, origin: path)
    }

    /// Reads a kubeconfig from its bytes, YAML or JSON.
    ///
    /// - Parameter origin: The file's path: named in errors, and its folder is where relative paths begin.
    public init(bytes: [UInt8], origin: String) throws(ClientError) {
        do {
            self = try KubeconfigReader(origin: origin).read(bytes)
        } catch {
            throw .configuration(error)
        }
    }

    /// What a client needs to use one context.
    ///
    /// - Parameters:
    ///   - name: The context; nil for the file's current one.
    ///   - server: Used instead of the cluster's own; with it, no context is needed.
    public func configuration(
        context name: String? = nil,
        server: ServerAddress? = nil
    ) throws(ClientError) -> ClientConfiguration {
        let chosen = name ?? currentContext
        guard let context = contexts[chosen] else {
            if let server, chosen.isEmpty { return ClientConfiguration(server: server) }
            throw .configuration(missing(context: chosen))
        }
        guard !context.cluster.isEmpty || server != nil else {
            throw .configuration(error("contexts[\(chosen)].context.cluster", "is empty; name one of the clusters"))
        }

        var configuration: ClientConfiguration
        switch clusters[context.cluster] {
        case .success(let cluster):
            configuration = ClientConfiguration(
                server: server ?? cluster.server,
                trust: cluster.trust,
                proxy: cluster.proxy
            )
        case .failure(let error):
            throw .configuration(error)
        case nil:
            guard let server, context.cluster.isEmpty else {
                let known = Self.list(clusters.keys)
                throw .configuration(
                    error(
                        "contexts[\(chosen)].context.cluster",
                        "there is no cluster \"\(context.cluster)\"; there is \(known)"
                    )
                )
            }
            configuration = ClientConfiguration(server: server)
        }
        guard !context.user.isEmpty else { return configuration }

        switch users[context.user] {
        case .success(let user):
            configuration.authentication = user.authentication
            configuration.impersonation = user.impersonation
        case .failure(let error):
            throw .configuration(error)
        case nil:
            let known = Self.list(users.keys)
            throw .configuration(
                error("contexts[\(chosen)].context.user", "there is no user \"\(context.user)\"; there is \(known)")
            )
        }
        configuration.authentication = configuration.authentication.describing(
            cluster: clusters[context.cluster]?.success,
            server: configuration.server
        )
        return configuration
    }

    private func missing(context name: String) -> ConfigurationError {
        let known = Self.list(contexts.keys)
        return name.isEmpty
            ? error("current-context", "is not set; set it to one of the contexts (\(known))")
            : error("current-context", "there is no context \"\(name)\"; there is \(known)")
    }

    private func error(_ field: String, _ reason: String) -> ConfigurationError {
        ConfigurationError(origin: origin, field: field, reason: reason)
    }

    private static func list(_ names: some Collection<String>) -> String {
        names.isEmpty ? "none" : names.sorted().map { "\"\($0)\"" }.joined(separator: ", ")
    }
}

extension Authentication {
    /// Hands an exec plug-in that asks for it what is known of the cluster.
    fileprivate func describing(cluster: Kubeconfig.Cluster?, server: ServerAddress) -> Authentication {
        switch self {
        case .exec(var plugin):
            if plugin.wantsClusterInfo {
                plugin.cluster = ExecPlugin.ClusterInfo(
                    server: server.description,
                    trust: cluster?.trust ?? ServerTrust()
                )
            }
            return .exec(plugin)
        case .all(let parts):
            return .all(parts.map { $0.describing(cluster: cluster, server: server) })
        case .none, .clientCertificate, .token, .basic:
            return self
        }
    }
}

extension Result {
    fileprivate var success: Success? {
        switch self {
        case .success(let value): value
        case .failure: nil
        }
    }
}
