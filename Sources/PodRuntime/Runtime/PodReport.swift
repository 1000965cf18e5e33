public import JSON

/// What has become of a pod.
public struct PodReport: Sendable, Hashable {
    /// The pod's UID.
    public var uid: String
    /// The pod's namespace.
    public var namespace: String
    /// The pod's name.
    public var name: String
    /// The whole of `status`, to be written in place of what the API server has. Conditions that this runtime does not
    /// know are kept in it.
    public var status: JSONValue
    /// Whether nothing of it is left (no process, no network) and it was to be deleted: the object may go, with a
    /// grace period of 0.
    public var isFinished: Bool
    /// What people may want to know, since the last report that was taken: Events of the API, at most 32.
    public var notes: [PodNote]

    /// A report from its parts.
    public init(
        uid: String,
        namespace: String,
        name: String,
        status: JSONValue,
        isFinished: Bool,
        notes: [PodNote] = []
    ) {
        self.uid = uid
        self.namespace = namespace
        self.name = name
        self.status = status
        self.isFinished = isFinished
        self.notes = notes
    }
}
