/// An object of a manifest.
public enum ManifestObject: Sendable, Hashable {
    /// A Service.
    case service(Service)
    /// An EndpointSlice.
    case endpointSlice(EndpointSlice)
    /// A Node.
    case node(Node)
    /// A ServiceCIDR.
    case serviceCIDR(ServiceCIDR)
    /// An object of a kind that is not read; nothing but what it is.
    case other(apiVersion: String, kind: String, namespace: String?, name: String?)
}

/// A kind of object that manifests are read for.
protocol ManifestKind: KubernetesObject {
    /// The fields that there are.
    static var schema: ManifestSchema { get }

    /// The object as what a manifest holds.
    var manifestObject: ManifestObject { get }

    /// Fills in what an API server fills in when an object is made, as far as the object's readers look at it.
    mutating func fillInDefaults()

    /// What the object must say itself as there is no API server to say it, such as its addresses.
    func missingAssignments() -> [ObjectError]
}

extension Service: ManifestKind {
    static var schema: ManifestSchema { .service }

    var manifestObject: ManifestObject { .service(self) }

    mutating func fillInDefaults() {
        for index in ports.indices {
            if ports[index].protocol.isEmpty { ports[index].protocol = "TCP" }
            if ports[index].targetPort == nil { ports[index].targetPort = "\(ports[index].port)" }
        }
        if case .clientIP(nil) = sessionAffinity {
            sessionAffinity = .clientIP(timeoutSeconds: SessionAffinity.defaultTimeoutSeconds)
        }
    }

    func missingAssignments() -> [ObjectError] {
        var validation = Validation(self)
        guard type != .externalName else { return [] }
        if clusterIPs.isEmpty {
            validation.required(
                "spec.clusterIP",
                "manifests have no API server that assigns an address; write one, or None for a headless Service"
            )
        }
        guard type == .nodePort else { return validation.errors }
        for (index, port) in ports.enumerated() where port.nodePort ?? 0 == 0 {
            validation.required(
                FieldPath("spec.ports")[index].field("nodePort"),
                "manifests have no API server that assigns a port; write one, or type ClusterIP"
            )
        }
        return validation.errors
    }
}

extension EndpointSlice: ManifestKind {
    static var schema: ManifestSchema { .endpointSlice }

    var manifestObject: ManifestObject { .endpointSlice(self) }

    mutating func fillInDefaults() {
        for index in ports.indices {
            if ports[index].name == nil { ports[index].name = "" }
            if ports[index].protocol == nil { ports[index].protocol = "TCP" }
        }
    }

    func missingAssignments() -> [ObjectError] {
        guard (metadata.labels[Self.serviceNameLabel] ?? "").isEmpty else { return [] }
        var validation = Validation(self)
        validation.required(
            FieldPath("metadata.labels")[key: Self.serviceNameLabel],
            "write the name of the Service whose endpoints these are"
        )
        return validation.errors
    }
}

extension Node: ManifestKind {
    static var schema: ManifestSchema { .node }

    var manifestObject: ManifestObject { .node(self) }

    mutating func fillInDefaults() {}

    func missingAssignments() -> [ObjectError] { [] }
}

extension ServiceCIDR: ManifestKind {
    static var schema: ManifestSchema { .serviceCIDR }

    var manifestObject: ManifestObject { .serviceCIDR(self) }

    mutating func fillInDefaults() {}

    func missingAssignments() -> [ObjectError] { [] }
}
