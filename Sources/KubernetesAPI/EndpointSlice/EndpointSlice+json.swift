public import JSON

extension EndpointSlice: KubernetesObject {
    /// `discovery.k8s.io/v1` `EndpointSlice`.
    public static let resource = ResourceType(
        group: "discovery.k8s.io",
        version: "v1",
        kind: "EndpointSlice",
        plural: "endpointslices",
        namespaced: true
    )

    private enum Field: String, CaseIterable {
        case kind, metadata, addressType, ports, endpoints
    }

    private static let fields = JSONFields<Field>()

    /// Reads an EndpointSlice.
    public init(json reader: inout JSONReader) throws(JSONError) {
        self.init(addressType: .unknown(""))
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.fields) {
            switch field {
            case .kind: try reader.readKind(Self.resource.kind)
            case .metadata: metadata = try ObjectMeta(json: &reader)
            case .addressType: addressType = AddressType(try reader.readString())
            case .ports: ports = try reader.readArray(EndpointPort.init(json:))
            case .endpoints: endpoints = try reader.readArray(Endpoint.init(json:))
            }
        }
    }
}

extension EndpointPort {
    private enum Field: String, CaseIterable {
        case name, `protocol`, port
    }

    private static let fields = JSONFields<Field>()

    fileprivate init(json reader: inout JSONReader) throws(JSONError) {
        self.init()
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.fields) {
            switch field {
            case .name: name = try reader.readString()
            case .protocol: self.protocol = try reader.readString()
            case .port: port = try reader.readInteger()
            }
        }
    }
}

extension Endpoint {
    private enum Field: String, CaseIterable {
        case addresses, hostname, conditions, nodeName, zone, hints
    }

    private enum ConditionField: String, CaseIterable {
        case ready, serving, terminating
    }

    private static let fields = JSONFields<Field>()
    private static let conditionFields = JSONFields<ConditionField>()

    fileprivate init(json reader: inout JSONReader) throws(JSONError) {
        self.init()
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.fields) {
            switch field {
            case .addresses: addresses = try reader.readStrings()
            case .hostname: hostname = try reader.readString()
            case .conditions: try readConditions(&reader)
            case .nodeName: nodeName = try reader.readString()
            case .zone: zone = try reader.readString()
            case .hints: hints = try EndpointHints(json: &reader)
            }
        }
    }

    private mutating func readConditions(_ reader: inout JSONReader) throws(JSONError) {
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.conditionFields) {
            switch field {
            case .ready: ready = try reader.readBool()
            case .serving: serving = try reader.readBool()
            case .terminating: terminating = try reader.readBool()
            }
        }
    }
}

extension EndpointHints {
    private enum Field: String, CaseIterable {
        case forZones, forNodes
    }

    private enum HintField: String, CaseIterable {
        case name
    }

    private static let fields = JSONFields<Field>()
    private static let hintFields = JSONFields<HintField>()

    fileprivate init(json reader: inout JSONReader) throws(JSONError) {
        self.init()
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.fields) {
            switch field {
            case .forZones: forZones = try reader.readArray(Self.readName)
            case .forNodes: forNodes = try reader.readArray(Self.readName)
            }
        }
    }

    /// Reads `{"name": …}`.
    private static func readName(_ reader: inout JSONReader) throws(JSONError) -> String {
        var name = ""
        try reader.beginObject()
        while try reader.nextField(of: hintFields) != nil { name = try reader.readString() }
        return name
    }
}
