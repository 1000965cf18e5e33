public import KubernetesAPI

extension Subresource {
    /// What discovery says can be done with it, sorted.
    public var verbs: [String] {
        switch self {
        case .status, .scale: ["get", "patch", "update"]
        case .finalize: ["update"]
        case .log: ["get"]
        case .binding, .eviction, .token: ["create"]
        }
    }

    /// What is read from it or written to it: the kind itself, or one that has no objects of its own.
    public func kind(of resource: ResourceType) -> (group: String, version: String, kind: String) {
        switch self {
        case .status, .finalize, .log: (resource.group, resource.version, resource.kind)
        case .scale: ("autoscaling", "v1", "Scale")
        case .binding: ("", "v1", "Binding")
        case .eviction: ("policy", "v1", "Eviction")
        case .token: ("authentication.k8s.io", "v1", "TokenRequest")
        }
    }
}
