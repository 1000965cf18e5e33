public import Addressing

/// Names one port of one Service; what upstream kube-proxy calls a `ServicePortName` (pkg/proxy/types.go).
public struct ServicePortName: Hashable, Sendable {
    /// The Service.
    public let service: ObjectKey
    /// `spec.ports[].name`; empty where a Service's only port has no name.
    public let portName: String
    /// `spec.ports[].protocol`.
    public let `protocol`: TransportProtocol

    /// The port `portName` of `service`.
    public init(service: ObjectKey, portName: String, protocol: TransportProtocol) {
        self.service = service
        self.portName = portName
        self.protocol = `protocol`
    }

    /// The namespace of the Service.
    public var namespace: String { service.namespace }
    /// The name of the Service.
    public var name: String { service.name }
}

extension ServicePortName: Comparable {
    /// By Service, then port name, then protocol number.
    public static func < (left: ServicePortName, right: ServicePortName) -> Bool {
        (left.service, left.portName, left.protocol) < (right.service, right.portName, right.protocol)
    }
}

extension ServicePortName: CustomStringConvertible {
    /// `namespace/name:port`, or `namespace/name` for a port without a name, as upstream prints it.
    public var description: String { portName.isEmpty ? "\(service)" : "\(service):\(portName)" }
}
