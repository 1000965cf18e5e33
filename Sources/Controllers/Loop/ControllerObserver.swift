public import KubernetesClient

/// Is told of what controllers do: for metrics, and for tests that wait.
public protocol ControllerObserver: Sendable {
    /// A key was worked on.
    ///
    /// - Parameter failed: Why it failed; nil where it did not.
    func worked(_ controller: String, _ key: ObjectName, failed: ClientError?, took: Duration)
}

/// Tells nobody.
public struct SilentObserver: ControllerObserver {
    /// The only one.
    public init() {}

    /// Does nothing.
    public func worked(_ controller: String, _ key: ObjectName, failed: ClientError?, took: Duration) {}
}
