/// What every object says of itself (`metadata`), as far as it is used.
public struct ObjectMeta: Sendable, Hashable {
    /// Unique among the objects of its kind, in its namespace.
    public var name: String
    /// The namespace; nil for kinds that have none.
    public var namespace: String?
    /// Unique among all objects of all times; empty for an object that no API server made.
    public var uid: String
    /// The version of the object's state; opaque. Empty for an object that no API server made.
    public var resourceVersion: String
    /// Counts the changes of what is asked for; nil for kinds that do not count.
    public var generation: Int?
    /// When the API server made it.
    public var creationTimestamp: Timestamp?
    /// When it will go, or was to go; nil for an object that stays.
    public var deletionTimestamp: Timestamp?
    /// Its labels.
    public var labels: [String: String]
    /// Its annotations, but only those that the kind's decoder asks for.
    public var annotations: [String: String]

    /// Metadata from its parts.
    public init(
        name: String = "",
        namespace: String? = nil,
        uid: String = "",
        resourceVersion: String = "",
        generation: Int? = nil,
        creationTimestamp: Timestamp? = nil,
        deletionTimestamp: Timestamp? = nil,
        labels: [String: String] = [:],
        annotations: [String: String] = [:]
    ) {
        self.name = name
        self.namespace = namespace
        self.uid = uid
        self.resourceVersion = resourceVersion
        self.generation = generation
        self.creationTimestamp = creationTimestamp
        self.deletionTimestamp = deletionTimestamp
        self.labels = labels
        self.annotations = annotations
    }
}
