public import JSON
public import Logging

/// Runs the pods of one node as processes in namespaces of this machine.
///
/// It is a laboratory runtime and no isolation boundary: containers are programs of the host, and run as root unless
/// told otherwise.
public actor PodRuntime {
    /// The pods' statuses: of each the latest that was not yet taken, so that a slow reader misses only what is
    /// outdated. For one reader.
    public nonisolated let reports: AsyncStream<PodReport>

    private let configuration: PodRuntimeConfiguration
    private let environment: any PodEnvironment
    private let logger: Logger

    /// A runtime that has not begun.
    public init(configuration: PodRuntimeConfiguration, environment: any PodEnvironment, logger: Logger) {
        self.configuration = configuration
        self.environment = environment
        self.logger = logger
        reports = AsyncStream { nil }
    }

    /// Runs pods until it is cancelled or the service group shuts down gracefully.
    ///
    /// - Throws: Where the state folder cannot be used.
    public func run() async throws {}

    /// Takes over a pod as the API server has it, new or changed, also one that is being deleted.
    public func apply(_ pod: JSONValue) {}

    /// Ends a pod that the API server no longer has, without grace.
    public func remove(uid: String) {}

    /// Ends every pod but these, without grace: after a complete list. It reaches what an earlier runtime left too.
    public func keep(_ uids: Set<String>) {}

    /// Reads a container's log.
    ///
    /// - Parameter container: May be nil where the pod has one only, or the annotation
    ///   `kubectl.kubernetes.io/default-container`.
    public func logs(
        namespace: String,
        pod: String,
        container: String?,
        options: LogOptions
    ) async throws(PodAccessError) -> LogReader {
        throw .podNotFound(namespace: namespace, pod: pod)
    }

    /// Runs a program in a running container.
    public func exec(
        namespace: String,
        pod: String,
        container: String?,
        command: [String],
        tty: Bool,
        stdin: Bool
    ) async throws(PodAccessError) -> ExecSession {
        throw .podNotFound(namespace: namespace, pod: pod)
    }
}
