/// A kind of object, as the API server serves it.
public struct ResourceType: Sendable, Hashable {
    /// The API group; empty for the core group.
    public var group: String
    /// The version of the group, such as `v1`.
    public var version: String
    /// The name in objects, such as `EndpointSlice`.
    public var kind: String
    /// The name in URLs, such as `endpointslices`.
    public var plural: String
    /// Whether objects of the kind live in namespaces.
    public var namespaced: Bool

    /// A kind from its parts.
    public init(group: String, version: String, kind: String, plural: String, namespaced: Bool) {
        self.group = group
        self.version = version
        self.kind = kind
        self.plural = plural
        self.namespaced = namespaced
    }

    /// `apiVersion` of its objects: `v1`, or group and version as in `discovery.k8s.io/v1`.
    public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    /// The path of its objects on an API server, such as `/apis/discovery.k8s.io/v1/namespaces/default/endpointslices`.
    ///
    /// - Parameter namespace: Only objects of this namespace; nil for all, and for kinds that have none.
    public func path(namespace: String? = nil) -> String {
        let root = group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)"
        guard namespaced, let namespace else { return "\(root)/\(plural)" }
        return "\(root)/namespaces/\(namespace)/\(plural)"
    }
}
