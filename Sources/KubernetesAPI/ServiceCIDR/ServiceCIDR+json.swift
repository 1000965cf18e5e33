public import JSON

extension ServiceCIDR: KubernetesObject {
    /// `networking.k8s.io/v1` `ServiceCIDR`.
    public static let resource = ResourceType(
        group: "networking.k8s.io",
        version: "v1",
        kind: "ServiceCIDR",
        plural: "servicecidrs",
        namespaced: false
    )

    private enum Field: String, CaseIterable {
        case kind, metadata, spec
    }

    private enum SpecField: String, CaseIterable {
        case cidrs
    }

    private static let fields = JSONFields<Field>()
    private static let specFields = JSONFields<SpecField>()

    /// Reads a ServiceCIDR.
    public init(json reader: inout JSONReader) throws(JSONError) {
        self.init()
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.fields) {
            switch field {
            case .kind: try reader.readKind(Self.resource.kind)
            case .metadata: metadata = try ObjectMeta(json: &reader)
            case .spec:
                try reader.beginObject()
                while try reader.nextField(of: Self.specFields) != nil { cidrs = try reader.readStrings() }
            }
        }
    }
}
