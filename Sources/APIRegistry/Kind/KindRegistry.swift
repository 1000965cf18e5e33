import KubernetesAPI

/// The kinds that an API server keeps.
public struct KindRegistry: Sendable {
    /// All kinds, in the order of discovery: the core group first, then the others by name.
    public let kinds: [KindDefinition]
    private let positions: [ResourceKey: Int]

    private struct ResourceKey: Hashable {
        var group: String
        var version: String
        var plural: String
    }

    /// A registry of these kinds.
    public init(_ kinds: [KindDefinition]) {
        self.kinds = kinds
        var positions: [ResourceKey: Int] = [:]
        for (position, kind) in kinds.enumerated() {
            let resource = kind.resource
            let key = ResourceKey(group: resource.group, version: resource.version, plural: resource.plural)
            positions[key] = position
        }
        self.positions = positions
    }

    /// The kind that URLs name so; nil where there is none.
    public func kind(group: String, version: String, plural: String) -> KindDefinition? {
        positions[ResourceKey(group: group, version: version, plural: plural)].map { kinds[$0] }
    }

    /// The kind of that `apiVersion` and `kind`; nil where there is none.
    public func kind(apiVersion: String, kind: String) -> KindDefinition? {
        kinds.first { $0.resource.apiVersion == apiVersion && $0.resource.kind == kind }
    }
}
