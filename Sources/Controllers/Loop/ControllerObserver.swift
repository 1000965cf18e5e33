public import KubernetesClient

/// Is told of what controllers do: for metrics, and for tests that wait.
public protocol ControllerObserver: Sendable {
    /// A key was worked on.
    ///
    /// - Parameter failed: Why it failed; nil where it did not.
    func worked(_ controller: String, _ key: ObjectName, failed: ClientError?, took: Duration)

    /// A change concerned a key, which was put into the queue unless it was in.
    func queued(_ controller: String, _ key: ObjectName)

    /// Everything is known from now on, or no longer; until then nothing is worked on.
    func synced(_ isSynced: Bool)
}

extension ControllerObserver {
    /// Does nothing.
    public func queued(_ controller: String, _ key: ObjectName) {}
    /// Does nothing.
    public func synced(_ isSynced: Bool) {}
}

/// Tells nobody.
public struct SilentObserver: ControllerObserver {
    /// The only one.
    public init() {}

    /// Does nothing.
    public func worked(_ controller: String, _ key: ObjectName, failed: ClientError?, took: Duration) {}
}
