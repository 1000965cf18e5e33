public import KubernetesAPI

/// One object as its source has it now; nil where the source has it no more.
///
/// Objects that an API server's selectors would have held back may be passed in: they count as deleted.
public enum ObjectChange: Sendable {
    /// A Service.
    case service(ObjectKey, Service?)
    /// An EndpointSlice.
    case endpointSlice(ObjectKey, EndpointSlice?)
    /// The Node object of this node.
    case node(Node?)
    /// A ServiceCIDR, by its name.
    case serviceCIDR(String, ServiceCIDR?)
}
