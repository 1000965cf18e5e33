/// Which objects a list or a watch is about; the server does the choosing.
public struct Selection: Sendable, Equatable {
    /// The namespace; nil for all of them, and for objects that have none.
    public var namespace: String?
    /// A label selector, such as `!service.kubernetes.io/headless`; nil for none.
    public var labels: String?
    /// A field selector, such as `metadata.name=node-1`; nil for none.
    public var fields: String?

    /// A selection of everything that is not restricted here.
    public init(namespace: String? = nil, labels: String? = nil, fields: String? = nil) {
        self.namespace = namespace
        self.labels = labels
        self.fields = fields
    }
}
