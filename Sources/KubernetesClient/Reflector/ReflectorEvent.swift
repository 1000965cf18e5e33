public import KubernetesAPI

/// One thing that a reflector tells of the objects it follows.
public enum ReflectorEvent<Object: KubernetesObject>: Sendable {
    /// These are all the objects there are; whatever else was known of is gone.
    ///
    /// `version` is the list's, by which what was heard in other ways can be told to be older or newer than it.
    /// `unreadable` are objects that exist but cannot be read: their last good version is to be kept.
    case replaced([Object], version: String, unreadable: [ObjectError])
    /// An object is new or has another content.
    case changed(Object)
    /// An object is gone, or no longer selected.
    case deleted(namespace: String?, name: String)
    /// An object changed to something that cannot be read: its last good version is to be kept.
    case unreadable(ObjectError)
    /// The server cannot be followed for now; it is tried again after that long. Nothing need be done.
    case interrupted(ClientError, retryAfter: Duration)
}
