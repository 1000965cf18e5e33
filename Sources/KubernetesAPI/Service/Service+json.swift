public import JSON

extension Service: KubernetesObject {
    /// `v1` `Service`.
    public static let resource = ResourceType(
        group: "",
        version: "v1",
        kind: "Service",
        plural: "services",
        namespaced: true
    )

    private enum Field: String, CaseIterable {
        case kind, metadata, spec, status
    }

    private enum SpecField: String, CaseIterable {
        case type, clusterIP, clusterIPs, ipFamilies, ports, externalIPs, sessionAffinity, sessionAffinityConfig
        case externalTrafficPolicy, internalTrafficPolicy, healthCheckNodePort, loadBalancerSourceRanges
        case externalName, publishNotReadyAddresses
    }

    private enum StatusField: String, CaseIterable {
        case loadBalancer
    }

    private enum LoadBalancerField: String, CaseIterable {
        case ingress
    }

    private static let fields = JSONFields<Field>()
    private static let specFields = JSONFields<SpecField>()
    private static let statusFields = JSONFields<StatusField>()
    private static let loadBalancerFields = JSONFields<LoadBalancerField>()

    /// Reads a Service.
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
                    try reader.beginObject()
                    while try reader.nextField(of: Self.loadBalancerFields) != nil {
                        loadBalancerIngress = try reader.readArray(LoadBalancerIngress.init(json:))
                    }
                }
            }
        }
    }

    private mutating func readSpec(_ reader: inout JSONReader) throws(JSONError) {
        var clusterIP = ""
        var affinity = ""
        var affinityTimeout: Int?
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.specFields) {
            switch field {
            case .type: type = ServiceType(try reader.readString())
            case .clusterIP: clusterIP = try reader.readString()
            case .clusterIPs: clusterIPs = try reader.readStrings()
            case .ipFamilies: ipFamilies = try reader.readStrings()
            case .ports: ports = try reader.readArray(ServicePort.init(json:))
            case .externalName: externalName = try reader.readString()
            case .publishNotReadyAddresses: publishNotReadyAddresses = try reader.readBool()
            case .externalIPs: externalIPs = try reader.readStrings()
            case .sessionAffinity: affinity = try reader.readString()
            case .sessionAffinityConfig: affinityTimeout = try SessionAffinity.readTimeout(&reader)
            case .externalTrafficPolicy: externalTrafficPolicy = try TrafficPolicy(json: &reader)
            case .internalTrafficPolicy: internalTrafficPolicy = try TrafficPolicy(json: &reader)
            case .healthCheckNodePort: healthCheckNodePort = try reader.readInteger()
            case .loadBalancerSourceRanges: loadBalancerSourceRanges = try reader.readStrings()
            }
        }
        if clusterIPs.isEmpty, !clusterIP.isEmpty { clusterIPs = [clusterIP] }
        sessionAffinity = SessionAffinity(affinity, timeoutSeconds: affinityTimeout)
    }
}

extension ServicePort {
    private enum Field: String, CaseIterable {
        case name, `protocol`, port, nodePort, targetPort
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
            case .nodePort: nodePort = try reader.readInteger()
            case .targetPort: targetPort = try reader.readIntegerOrString()
            }
        }
    }
}

extension LoadBalancerIngress {
    private enum Field: String, CaseIterable {
        case ip, ipMode, hostname
    }

    private static let fields = JSONFields<Field>()

    fileprivate init(json reader: inout JSONReader) throws(JSONError) {
        self.init()
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.fields) {
            switch field {
            case .ip: ip = try reader.readString()
            case .ipMode: ipMode = try reader.readString()
            case .hostname: hostname = try reader.readString()
            }
        }
    }
}

extension TrafficPolicy {
    /// An empty text means the default.
    fileprivate init(json reader: inout JSONReader) throws(JSONError) {
        let text = try reader.readString()
        self = text.isEmpty ? .cluster : TrafficPolicy(text)
    }
}

extension SessionAffinity {
    private enum ConfigField: String, CaseIterable {
        case clientIP
    }

    private enum ClientIPField: String, CaseIterable {
        case timeoutSeconds
    }

    private static let configFields = JSONFields<ConfigField>()
    private static let clientIPFields = JSONFields<ClientIPField>()

    /// From `sessionAffinity` (empty means the default) and `sessionAffinityConfig`.
    fileprivate init(_ text: String, timeoutSeconds: Int?) {
        switch text {
        case "", "None": self = .none
        case "ClientIP": self = .clientIP(timeoutSeconds: timeoutSeconds)
        default: self = .unknown(text)
        }
    }

    /// Reads `sessionAffinityConfig`.
    fileprivate static func readTimeout(_ reader: inout JSONReader) throws(JSONError) -> Int? {
        var seconds: Int?
        try reader.beginObject()
        while try reader.nextField(of: configFields) != nil {
            try reader.beginObject()
            while try reader.nextField(of: clientIPFields) != nil { seconds = try reader.readInteger() }
        }
        return seconds
    }
}
