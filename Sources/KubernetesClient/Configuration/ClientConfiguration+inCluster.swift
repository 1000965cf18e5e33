/// The configuration of a program that runs in a pod: the service account that the kubelet mounts.
extension ClientConfiguration {
    /// Where the kubelet mounts the service account's token and the cluster's certificate authority.
    public static let serviceAccountDirectory = "/var/run/secrets/kubernetes.io/serviceaccount"

    /// The API server as a pod sees it.
    ///
    /// The token and the authority are files, read again as they are rotated.
    ///
    /// - Parameters:
    ///   - environment: The process's environment: `KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT` are read.
    ///   - directory: The service account's folder.
    public static func inCluster(
        environment: [String: String],
        directory: String = serviceAccountDirectory
    ) throws(ClientError) -> ClientConfiguration {
        let host = try required("KUBERNETES_SERVICE_HOST", in: environment)
        let portText = try required("KUBERNETES_SERVICE_PORT", in: environment)
        guard let port = UInt16(portText), port > 0 else {
            throw .configuration(
                ConfigurationError(
                    origin: "KUBERNETES_SERVICE_PORT",
                    reason: "\"\(portText)\" is not a port number from 1 to 65535"
                )
            )
        }
        let token = SecretSource.file("\(directory)/token")
        do {
            _ = try token.load()
        } catch {
            throw .configuration(
                ConfigurationError(
                    origin: "in-cluster configuration",
                    reason: "\(error); mount a service account token into the pod, or give --kubeconfig"
                )
            )
        }
        return ClientConfiguration(
            server: ServerAddress(host: host, port: port),
            trust: ServerTrust(authorities: .file("\(directory)/ca.crt")),
            authentication: .token(token)
        )
    }

    private static func required(_ name: String, in environment: [String: String]) throws(ClientError) -> String {
        guard let value = environment[name], !value.isEmpty else {
            throw .configuration(
                ConfigurationError(
                    origin: "in-cluster configuration",
                    reason: "\(name) is not set, so this is not a pod; give --kubeconfig or --master"
                )
            )
        }
        return value
    }
}

/// The configuration that a program's flags ask for.
extension ClientConfiguration {
    /// Chooses as upstream's programs do: a kubeconfig where one is named, else `--master` alone, else the pod's own.
    ///
    /// - Parameters:
    ///   - kubeconfig: The path of a kubeconfig; nil or empty for none.
    ///   - context: The context to use; nil for the file's current one.
    ///   - master: A server URL that overrides the kubeconfig's; nil or empty for none.
    ///   - environment: The process's environment.
    public static func resolve(
        kubeconfig: String?,
        context: String? = nil,
        master: String?,
        environment: [String: String]
    ) throws(ClientError) -> ClientConfiguration {
        let server = try masterAddress(master)
        if let kubeconfig, !kubeconfig.isEmpty {
            var configuration = try Kubeconfig(path: kubeconfig).configuration(context: context, server: server)
            if let server { configuration.server = server }
            return configuration
        }
        if let server { return ClientConfiguration(server: server) }
        return try inCluster(environment: environment)
    }

    private static func masterAddress(_ text: String?) throws(ClientError) -> ServerAddress? {
        guard let text, !text.isEmpty else { return nil }
        guard let server = ServerAddress(text) else {
            throw .configuration(
                ConfigurationError(
                    origin: "--master",
                    reason: "\"\(text)\" is not an address; write https://host:port"
                )
            )
        }
        return server
    }
}
