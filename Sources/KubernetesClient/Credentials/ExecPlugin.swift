/// A program that gives out credentials: `users[].user.exec` of a kubeconfig.
public struct ExecPlugin: Sendable, Equatable {
    /// The version of `client.authentication.k8s.io` that the program speaks.
    public enum Version: String, Sendable, CaseIterable {
        /// `client.authentication.k8s.io/v1`
        case v1 = "client.authentication.k8s.io/v1"
        /// `client.authentication.k8s.io/v1beta1`
        case v1beta1 = "client.authentication.k8s.io/v1beta1"
    }

    /// What a program is told of the cluster where it asks for it (`provideClusterInfo`).
    public struct ClusterInfo: Sendable, Equatable {
        /// The server's URL.
        public var server: String
        /// How the server is recognized.
        public var trust: ServerTrust

        /// A cluster to tell of.
        public init(server: String, trust: ServerTrust) {
            self.server = server
            self.trust = trust
        }
    }

    /// The version that the program speaks.
    public var version: Version
    /// A path, or a name that is looked up in `PATH`.
    public var command: String
    /// The program's arguments.
    public var arguments: [String]
    /// Added to the environment of this process.
    public var environment: [String: String]
    /// Shown where the program cannot be found.
    public var installHint: String?
    /// True where the program wants to be told of the cluster.
    public var wantsClusterInfo: Bool
    /// What it is told; nil for nothing.
    public var cluster: ClusterInfo?

    /// A program and how to start it.
    public init(
        version: Version = .v1,
        command: String,
        arguments: [String] = [],
        environment: [String: String] = [:],
        installHint: String? = nil,
        wantsClusterInfo: Bool = false,
        cluster: ClusterInfo? = nil
    ) {
        self.version = version
        self.command = command
        self.arguments = arguments
        self.environment = environment
        self.installHint = installHint
        self.wantsClusterInfo = wantsClusterInfo
        self.cluster = cluster
    }
}
