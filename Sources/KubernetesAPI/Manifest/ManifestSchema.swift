import JSON

/// Which fields there are in a kind of object, so that one which is written wrong is not passed over in silence.
///
/// Also fields that nobody here reads: an object is to be written once, for a cluster and for a folder of manifests.
indirect enum ManifestSchema: Sendable {
    /// Anything may stand there.
    case any
    /// An object with these fields.
    case fields([String: ManifestSchema])
    /// An array of such values.
    case list(ManifestSchema)

    /// A field that there is not.
    struct UnknownField {
        /// Its name.
        var name: String
        /// Where its name begins, as the reader's ``JSONReader/offset``.
        var offset: Int
        /// A field whose name differs in upper and lower case only.
        var similar: String?
    }

    /// The fields of the object at the reader that there are not.
    ///
    /// - Parameter limit: How many are looked for.
    func unknownFields(in reader: JSONReader, limit: Int) -> [UnknownField] {
        var reader = reader
        var found: [UnknownField] = []
        // Whoever reads the object tells what is not JSON.
        try? check(&reader, limit: limit, found: &found)
        return found
    }

    private func check(
        _ reader: inout JSONReader,
        limit: Int,
        found: inout [UnknownField]
    ) throws(JSONError) {
        let first = try reader.nextByte()
        switch self {
        case .fields(let fields) where first == UInt8(ascii: "{"):
            try reader.beginObject()
            while try reader.nextMember() {
                let offset = reader.offset
                let name = try reader.text(of: try reader.scanString())
                try reader.readColon()
                if let schema = fields[name] {
                    try schema.check(&reader, limit: limit, found: &found)
                } else {
                    if found.count < limit {
                        let similar = fields.keys.first { $0.lowercased() == name.lowercased() }
                        found.append(UnknownField(name: name, offset: offset, similar: similar))
                    }
                    try reader.skipValue()
                }
            }
        case .list(let element) where first == UInt8(ascii: "["):
            try reader.beginArray()
            while try reader.nextElement() { try element.check(&reader, limit: limit, found: &found) }
        default:
            try reader.skipValue()
        }
    }

    /// An object with these fields, in which anything may stand.
    private static func names(_ names: String...) -> [String: ManifestSchema] {
        Dictionary(uniqueKeysWithValues: names.map { ($0, .any) })
    }

    private static func object(_ fields: [String: ManifestSchema]) -> ManifestSchema {
        .fields(fields.merging(["apiVersion": .any, "kind": .any, "metadata": metadata]) { own, _ in own })
    }
}

extension ManifestSchema {
    private static let metadata = ManifestSchema.fields(
        names(
            "annotations",
            "creationTimestamp",
            "deletionGracePeriodSeconds",
            "deletionTimestamp",
            "finalizers",
            "generateName",
            "generation",
            "labels",
            "managedFields",
            "name",
            "namespace",
            "ownerReferences",
            "resourceVersion",
            "selfLink",
            "uid"
        )
    )

    /// `v1` `Service`, of Kubernetes 1.36.
    static let service = object([
        "spec": .fields(
            names(
                "allocateLoadBalancerNodePorts",
                "clusterIP",
                "clusterIPs",
                "externalIPs",
                "externalName",
                "externalTrafficPolicy",
                "healthCheckNodePort",
                "internalTrafficPolicy",
                "ipFamilies",
                "ipFamilyPolicy",
                "loadBalancerClass",
                "loadBalancerIP",
                "loadBalancerSourceRanges",
                "publishNotReadyAddresses",
                "selector",
                "sessionAffinity",
                "trafficDistribution",
                "type"
            ).merging([
                "ports": .list(.fields(names("appProtocol", "name", "nodePort", "port", "protocol", "targetPort"))),
                "sessionAffinityConfig": .fields(["clientIP": .fields(names("timeoutSeconds"))]),
            ]) { own, _ in own }
        ),
        "status": .fields([
            "conditions": .any,
            "loadBalancer": .fields(["ingress": .list(.fields(names("hostname", "ip", "ipMode", "ports")))]),
        ]),
    ])

    /// `discovery.k8s.io/v1` `EndpointSlice`, of Kubernetes 1.36.
    static let endpointSlice = object([
        "addressType": .any,
        "endpoints": .list(
            .fields([
                "addresses": .any,
                "conditions": .fields(names("ready", "serving", "terminating")),
                "deprecatedTopology": .any,
                "hints": .fields([
                    "forNodes": .list(.fields(names("name"))),
                    "forZones": .list(.fields(names("name"))),
                ]),
                "hostname": .any,
                "nodeName": .any,
                "targetRef": .any,
                "zone": .any,
            ])
        ),
        "ports": .list(.fields(names("appProtocol", "name", "port", "protocol"))),
    ])

    /// `v1` `Node`, of Kubernetes 1.36; not what its kubelet reports.
    static let node = object([
        "spec": .fields(
            names("configSource", "externalID", "podCIDR", "podCIDRs", "providerID", "taints", "unschedulable")
        ),
        "status": .any,
    ])

    /// `networking.k8s.io/v1` `ServiceCIDR`, of Kubernetes 1.36.
    static let serviceCIDR = object(["spec": .fields(names("cidrs")), "status": .any])
}
