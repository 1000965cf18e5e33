public import KubernetesAPI

extension Subresource {
    /// What discovery says can be done with it, sorted.
    public var verbs: [String] {
        switch self {
        case .status, .scale: ["get", "patch", "update"]
        case .finalize: ["update"]
        case .log, .proxy: ["get"]
        case .exec, .attach, .portforward: ["create", "get"]
        case .binding, .eviction, .token: ["create"]
        }
    }

    /// Whether it leads to the node, which answers with bytes and no objects.
    public var leadsToNode: Bool {
        switch self {
        case .log, .exec, .attach, .portforward, .proxy: true
        case .status, .scale, .binding, .token, .eviction, .finalize: false
        }
    }

    /// What is read from it or written to it: the kind itself, or one that has no objects of its own.
    public func kind(of resource: ResourceType) -> (group: String, version: String, kind: String) {
        switch self {
        case .status, .finalize, .log: (resource.group, resource.version, resource.kind)
        case .scale: ("autoscaling", "v1", "Scale")
        case .binding: ("", "v1", "Binding")
        case .eviction: ("policy", "v1", "Eviction")
        case .exec: ("", "v1", "PodExecOptions")
        case .attach: ("", "v1", "PodAttachOptions")
        case .portforward: ("", "v1", "PodPortForwardOptions")
        case .proxy: ("", "v1", "NodeProxyOptions")
        case .token: ("authentication.k8s.io", "v1", "TokenRequest")
        }
    }
}
