public import KubernetesAPI
public import KubernetesClient

/// Brings one kind of thing to where it shall be: a pure function of what is known.
///
/// It is asked for the keys that a change concerns, then for what to do about a key; asked again after each change,
/// each failure and each time that it named. It never waits and never asks the server.
public protocol Controller: Sendable {
    /// The name in logs, metrics and events, such as `endpointslice-controller`.
    var name: String { get }

    /// Whose state may have to change because of this.
    ///
    /// - Parameter state: As it is after the change.
    func keys(for change: ClusterChange, in state: ClusterState) -> [ObjectName]

    /// What is to be done about a key.
    func reconcile(_ key: ObjectName, in state: ClusterState, now: Timestamp) -> Reconciliation

    /// What is to be said after the server refused a request, as a condition or an Event; the work on the key itself
    /// is tried again anyway. Nothing where a controller does not say otherwise.
    ///
    /// - Parameter message: Why, in the server's words. Conflicts, which pass, are not told.
    func refused(
        _ write: ClusterWrite,
        because message: String,
        for key: ObjectName,
        in state: ClusterState,
        now: Timestamp
    ) -> Reconciliation
}

extension Controller {
    /// Says nothing.
    public func refused(
        _ write: ClusterWrite,
        because message: String,
        for key: ObjectName,
        in state: ClusterState,
        now: Timestamp
    ) -> Reconciliation {
        Reconciliation()
    }
}

/// What a controller wants done about a key.
public struct Reconciliation: Sendable, Hashable {
    /// The requests, in order. After one that fails the rest are left; the controller is asked again later.
    public var writes: [ClusterWrite]
    /// When to ask again though nothing changed; nil for never.
    public var again: Duration?
    /// What to tell people as Events.
    public var events: [ClusterEvent]

    /// What is wanted.
    public init(_ writes: [ClusterWrite] = [], again: Duration? = nil, events: [ClusterEvent] = []) {
        self.writes = writes
        self.again = again
        self.events = events
    }
}

/// Something that an object's owner should know, told as an Event.
public struct ClusterEvent: Sendable, Hashable {
    /// The object's kind.
    public var resource: ResourceType
    /// The object.
    public var object: ObjectName
    /// The object's uid.
    public var uid: String
    /// Whether it is a `Warning`, and not `Normal`.
    public var isWarning: Bool
    /// In one word, such as `FailedScheduling`.
    public var reason: String
    /// For people.
    public var message: String

    /// An event from its parts.
    public init(
        _ resource: ResourceType,
        _ object: ObjectName,
        uid: String,
        isWarning: Bool = false,
        reason: String,
        message: String
    ) {
        self.resource = resource
        self.object = object
        self.uid = uid
        self.isWarning = isWarning
        self.reason = reason
        self.message = message
    }
}
