public import KubernetesAPI

/// What is told about an object as a `v1` Event.
public struct ObjectEvent: Sendable, Hashable {
    /// Which object.
    public var object: ObjectReference
    /// Whether it is a matter of concern.
    public var isWarning: Bool
    /// Why, in one word.
    public var reason: String
    /// What happened, for people; at most 1,024 bytes are told.
    public var message: String

    /// An event from its parts.
    public init(object: ObjectReference, isWarning: Bool = false, reason: String, message: String) {
        self.object = object
        self.isWarning = isWarning
        self.reason = reason
        self.message = message
    }
}
