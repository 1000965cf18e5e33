public import KubernetesAPI

/// The namespace and name of an object of a known kind.
public struct ObjectName: Sendable, Hashable, Comparable {
    /// Its namespace; nil for kinds that have none.
    public var namespace: String?
    /// Its name.
    public var name: String

    /// A name from its parts.
    public init(namespace: String?, name: String) {
        self.namespace = namespace
        self.name = name
    }

    /// The name of an object.
    public init(_ metadata: ObjectMeta) {
        self.init(namespace: metadata.namespace, name: metadata.name)
    }

    /// By namespace, then by name.
    public static func < (left: ObjectName, right: ObjectName) -> Bool {
        (left.namespace ?? "", left.name) < (right.namespace ?? "", right.name)
    }
}
