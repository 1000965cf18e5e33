import KubernetesAPI
package import ServiceRouting

/// Which object is meant.
package enum ObjectIdentity: Hashable, Sendable {
    case service(ObjectKey)
    case endpointSlice(ObjectKey)
    /// The Node of this node.
    case node
    case serviceCIDR(String)

    /// The object that a change is about.
    package init(_ change: ObjectChange) {
        switch change {
        case .service(let key, _): self = .service(key)
        case .endpointSlice(let key, _): self = .endpointSlice(key)
        case .node: self = .node
        case .serviceCIDR(let name, _): self = .serviceCIDR(name)
        }
    }
}

extension ObjectIdentity: CustomStringConvertible {
    /// Kind and name, as a person says it.
    package var description: String {
        switch self {
        case .service(let key): "Service \(key)"
        case .endpointSlice(let key): "EndpointSlice \(key)"
        case .node: "Node"
        case .serviceCIDR(let name): "ServiceCIDR \(name)"
        }
    }
}

extension ObjectIdentity {
    /// The change that makes a manifest's object the content of this one; nil for none.
    func change(to object: ManifestObject?) -> ObjectChange {
        switch self {
        case .service(let key):
            guard case .service(let service) = object else { return .service(key, nil) }
            return .service(key, service)
        case .endpointSlice(let key):
            guard case .endpointSlice(let slice) = object else { return .endpointSlice(key, nil) }
            return .endpointSlice(key, slice)
        case .node:
            guard case .node(let node) = object else { return .node(nil) }
            return .node(node)
        case .serviceCIDR(let name):
            guard case .serviceCIDR(let range) = object else { return .serviceCIDR(name, nil) }
            return .serviceCIDR(name, range)
        }
    }
}
