public import JSON

extension Node: KubernetesObject {
    /// `v1` `Node`.
    public static let resource = ResourceType(
        group: "",
        version: "v1",
        kind: "Node",
        plural: "nodes",
        namespaced: false
    )

    private enum Field: String, CaseIterable {
        case kind, metadata, spec, status
    }

    private enum SpecField: String, CaseIterable {
        case podCIDR, podCIDRs, taints, unschedulable
    }

    private enum StatusField: String, CaseIterable {
        case addresses
    }

    private static let fields = JSONFields<Field>()
    private static let specFields = JSONFields<SpecField>()
    private static let statusFields = JSONFields<StatusField>()

    /// Reads a Node.
    public init(json reader: inout JSONReader) throws(JSONError) {
        self.init()
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.fields) {
            switch field {
            case .kind: try reader.readKind(Self.resource.kind)
            case .metadata: metadata = try ObjectMeta(json: &reader)
            case .spec: try readSpec(&reader)
            case .status:
                try reader.beginObject()
                while try reader.nextField(of: Self.statusFields) != nil {
                    addresses = try reader.readArray(NodeAddress.init(json:))
                }
            }
        }
    }

    private mutating func readSpec(_ reader: inout JSONReader) throws(JSONError) {
        var podCIDR = ""
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.specFields) {
            switch field {
            case .podCIDR: podCIDR = try reader.readString()
            case .podCIDRs: podCIDRs = try reader.readStrings()
            case .taints: taints = try reader.readArray(NodeTaint.init(json:))
            case .unschedulable: unschedulable = try reader.readBool()
            }
        }
        if podCIDRs.isEmpty, !podCIDR.isEmpty { podCIDRs = [podCIDR] }
    }
}

extension NodeTaint {
    private enum Field: String, CaseIterable {
        case key, effect
    }

    private static let fields = JSONFields<Field>()

    fileprivate init(json reader: inout JSONReader) throws(JSONError) {
        self.init()
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.fields) {
            switch field {
            case .key: key = try reader.readString()
            case .effect: effect = try reader.readString()
            }
        }
    }
}

extension NodeAddress {
    private enum Field: String, CaseIterable {
        case type, address
    }

    private static let fields = JSONFields<Field>()

    fileprivate init(json reader: inout JSONReader) throws(JSONError) {
        self.init()
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.fields) {
            switch field {
            case .type: type = try reader.readString()
            case .address: address = try reader.readString()
            }
        }
    }
}
