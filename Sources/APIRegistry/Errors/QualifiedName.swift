public import KubernetesAPI

/// A kind, or the plural that URLs have for it, with its group: what refusals name.
public struct QualifiedName: Sendable, Hashable, CustomStringConvertible {
    /// The API group; empty for the core group.
    public var group: String
    /// The kind, such as `Service`, or the plural, such as `services`.
    public var name: String

    /// A name from its parts.
    public init(group: String, name: String) {
        self.group = group
        self.name = name
    }

    /// `services`, `deployments.apps`.
    public var description: String { group.isEmpty ? name : "\(name).\(group)" }
}

extension ResourceType {
    /// The plural with its group, such as `deployments.apps`.
    public var qualifiedPlural: QualifiedName { QualifiedName(group: group, name: plural) }

    /// The kind with its group, such as `Deployment.apps`.
    public var qualifiedKind: QualifiedName { QualifiedName(group: group, name: kind) }
}
