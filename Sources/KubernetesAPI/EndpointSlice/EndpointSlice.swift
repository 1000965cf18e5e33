/// An EndpointSlice (`discovery.k8s.io/v1`): some of a Service's endpoints, all with the same ports.
///
/// Texts are kept as they were written; ``validationErrors()`` says which of them are no good.
public struct EndpointSlice: Sendable, Hashable {
    /// Name, namespace, and the label that names the Service.
    public var metadata: ObjectMeta
    /// What the endpoints' addresses are.
    public var addressType: AddressType
    /// The ports that every endpoint has.
    public var ports: [EndpointPort]
    /// The endpoints.
    public var endpoints: [Endpoint]

    /// A slice from its parts.
    public init(
        metadata: ObjectMeta = ObjectMeta(),
        addressType: AddressType = .ipv4,
        ports: [EndpointPort] = [],
        endpoints: [Endpoint] = []
    ) {
        self.metadata = metadata
        self.addressType = addressType
        self.ports = ports
        self.endpoints = endpoints
    }

    /// The label whose value is the Service's name.
    public static let serviceNameLabel = "kubernetes.io/service-name"
    /// The annotation that says when the change happened which led to the slice's last change.
    public static let lastChangeTriggerTimeAnnotation = "endpoints.kubernetes.io/last-change-trigger-time"
}
