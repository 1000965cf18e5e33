/// The namespace and name of a namespaced Kubernetes object.
public struct ObjectKey: Hashable, Sendable {
    /// `metadata.namespace`.
    public let namespace: String
    /// `metadata.name`.
    public let name: String

    /// The object `name` in `namespace`.
    public init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }
}

extension ObjectKey {
    /// Hashes the name alone: few objects share one over namespaces, and a cold start hashes each key a dozen times.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension ObjectKey: Comparable {
    /// By namespace, then by name.
    public static func < (left: ObjectKey, right: ObjectKey) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}

extension ObjectKey: CustomStringConvertible {
    /// `namespace/name`.
    public var description: String { "\(namespace)/\(name)" }
}
