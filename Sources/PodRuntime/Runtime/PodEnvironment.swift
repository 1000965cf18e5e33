/// What pods refer to and the API server has: asked for when a container starts.
public protocol PodEnvironment: Sendable {
    /// The data of a ConfigMap (with `binaryData`) or a Secret, decoded.
    ///
    /// - Throws: ``PodEnvironmentError/notFound`` where there is none; anything else counts as passing.
    func data(_ kind: PodDataKind, namespace: String, name: String) async throws -> [String: [UInt8]]

    /// The variables that tell of the Services of a namespace and of the API server's: `REDIS_SERVICE_HOST` and so on.
    func serviceVariables(namespace: String) async -> [(name: String, value: String)]

    /// A token of a service account for a pod, as `serviceaccounts/token` gives it.
    ///
    /// - Parameters:
    ///   - audiences: Empty for the API server's own.
    ///   - expiration: For how long it is to be good.
    func token(
        namespace: String,
        serviceAccount: String,
        podName: String,
        podUID: String,
        audiences: [String],
        expiration: Duration
    ) async throws -> String
}

extension PodEnvironment {
    /// Nothing.
    public func serviceVariables(namespace: String) async -> [(name: String, value: String)] { [] }

    /// Not supported: the volume is left without a token.
    public func token(
        namespace: String,
        serviceAccount: String,
        podName: String,
        podUID: String,
        audiences: [String],
        expiration: Duration
    ) async throws -> String {
        throw PodEnvironmentError.notFound
    }
}

/// What a pod may take data from.
public enum PodDataKind: String, Sendable, Hashable {
    /// A ConfigMap.
    case configMap = "configmap"
    /// A Secret.
    case secret
}

/// Why there is no data.
public enum PodEnvironmentError: Error, Sendable, Hashable {
    /// The object does not exist.
    case notFound
}
