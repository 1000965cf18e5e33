/// Where events are told.
public protocol EventRecorder: Sendable {
    /// Tells an event; never waits.
    func record(_ event: ProxyEvent)
}

/// Tells nobody: for a proxy without an API server.
public struct DiscardingEventRecorder: EventRecorder {
    /// A recorder that forgets.
    public init() {}

    /// Forgets the event.
    public func record(_ event: ProxyEvent) {}
}
