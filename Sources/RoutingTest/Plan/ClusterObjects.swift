import Addressing
import JSON
import KubernetesAPI

/// The objects of a test: what its manifests hold, with what an API server and its controllers would have added.
struct ClusterObjects: Sendable {
    /// Every object, as the proxies are to read it.
    private(set) var objects: [JSONValue] = []
    private(set) var services: [ServiceView] = []
    private(set) var slices: [EndpointSlice] = []

    /// An object of a manifest, and where it stands.
    struct Source: Sendable {
        var object: JSONValue
        /// The file that is to blame.
        var file: String
        var line: Int?
    }

    /// Makes the cluster's objects.
    ///
    /// - Parameters:
    ///   - sources: Those of the manifests.
    ///   - plan: Nodes and pods.
    init(_ sources: [Source], _ plan: NetworkPlan) throws(TestFileErrors) {
        var problems: [TestFileError] = []
        var assignments = Assignments(sources.map(\.object), plan.families)
        var seen: [String: String] = [:]
        for source in sources {
            let object = assignments.complete(source.object)
            let reading = Self.check(object, source)
            problems += reading.errors
            for entry in reading.objects {
                let place = source.line.map { "\(source.file):\($0)" } ?? source.file
                if let identity = Self.identity(entry), let other = seen.updateValue(place, forKey: identity) {
                    problems.append(
                        TestFileError(
                            file: source.file,
                            line: source.line,
                            reason: "\(identity) is there already, in \(other); an object is written once"
                        )
                    )
                }
                switch entry {
                case .service(let service): services.append(ServiceView(service, object, place: place))
                case .endpointSlice(let slice): slices.append(slice)
                case .node, .serviceCIDR, .other: break
                }
            }
            if Self.isRead(object) { objects.append(object) }
        }
        guard problems.isEmpty else { throw TestFileErrors(problems) }
        addNodes(plan, seen)
        addSlices(plan)
        if !sources.contains(where: { $0.object["kind"]?.string == "ServiceCIDR" }) {
            objects.append([
                "apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDR", "metadata": ["name": "kubernetes"],
                "spec": ["cidrs": .strings(plan.families.map { Assignments.serviceCIDR($0) })],
            ])
        }
    }

    /// Whether proxies read such objects; others of a user's manifests (Deployments) are passed over.
    private static func isRead(_ object: JSONValue) -> Bool {
        ["Service", "EndpointSlice", "Node", "ServiceCIDR"].contains(object["kind"]?.string ?? "")
    }

    private static func identity(_ object: ManifestObject) -> String? {
        switch object {
        case .service(let service): "Service \(service.metadata.namespace ?? "default")/\(service.metadata.name)"
        case .endpointSlice(let slice):
            "EndpointSlice \(slice.metadata.namespace ?? "default")/\(slice.metadata.name)"
        case .node(let node): "Node \(node.metadata.name)"
        case .serviceCIDR(let range): "ServiceCIDR \(range.metadata.name)"
        case .other: nil
        }
    }

    /// Reads an object as the proxies will.
    private static func check(
        _ object: JSONValue,
        _ source: Source
    ) -> (objects: [ManifestObject], errors: [TestFileError]) {
        guard object["kind"]?.string?.isEmpty == false else {
            let reason = "an object needs apiVersion and kind, such as apiVersion: v1, kind: Service"
            return ([], [TestFileError(file: source.file, line: source.line, field: "kind", reason: reason)])
        }
        let manifest = ManifestReader(file: "object.json").read(object.json)
        let errors = manifest.errors.map { error in
            var reason = error.error
            reason.offset = nil
            return TestFileError(file: source.file, line: source.line, reason: "\(reason)")
        }
        return (manifest.objects, errors)
    }

    /// A Node for each node that no manifest has.
    private mutating func addNodes(_ plan: NetworkPlan, _ seen: [String: String]) {
        for node in plan.nodes where seen["Node \(node.name)"] == nil {
            var labels = node.labels
            labels["kubernetes.io/hostname"] = node.name
            if let zone = node.zone { labels[EndpointSlice.zoneLabel] = zone }
            objects.append([
                "apiVersion": "v1", "kind": "Node",
                "metadata": ["name": .string(node.name), "labels": Self.map(labels)],
                "spec": [
                    "podCIDR": .string(node.podCIDRs.first ?? ""), "podCIDRs": .strings(node.podCIDRs),
                ],
                "status": [
                    "addresses": .array(
                        node.addresses.map { ["type": "InternalIP", "address": .string("\($0)")] }
                    )
                ],
            ])
        }
    }

    /// EndpointSlices for each Service that selects pods and has none in the manifests.
    private mutating func addSlices(_ plan: NetworkPlan) {
        let given = Set(
            slices.map {
                "\($0.metadata.namespace ?? "default")/\($0.metadata.labels[EndpointSlice.serviceNameLabel] ?? "")"
            }
        )
        for service in services where !service.selector.isEmpty && !given.contains(service.key) {
            for object in SliceMaker(service, plan).slices {
                objects.append(object)
                let manifest = ManifestReader(file: "slice.json").read(object.json)
                for case .endpointSlice(let slice) in manifest.objects { slices.append(slice) }
            }
        }
    }

    static func map(_ values: [String: String]) -> JSONValue {
        .object(
            values.sorted { $0.key < $1.key }.reduce(into: JSONObject()) { $0[$1.key] = .string($1.value) }
        )
    }
}

extension EndpointSlice {
    /// The label of a Node that names its zone.
    static let zoneLabel = "topology.kubernetes.io/zone"
}

extension ServiceView {
    /// A Service as it was read, and its object for what proxies do not read.
    init(_ service: Service, _ object: JSONValue, place: String) {
        namespace = service.metadata.namespace ?? "default"
        name = service.metadata.name
        clusterIPs = service.clusterIPs.compactMap { IPAddress($0) }
        loadBalancerIPs = service.loadBalancerIngress.compactMap { $0.ip.flatMap { IPAddress($0) } }
        externalIPs = service.externalIPs.compactMap { IPAddress($0) }
        ports = service.ports.compactMap { port in
            guard let number = UInt16(exactly: port.port),
                let transport = TransportProtocol(kubernetes: port.protocol)
            else { return nil }
            return Port(
                name: port.name,
                number: number,
                transport: transport,
                nodePort: port.nodePort.flatMap { UInt16(exactly: $0) }.flatMap { $0 == 0 ? nil : $0 },
                targetPort: port.targetPort ?? "\(number)"
            )
        }
        selector = (object[path: "spec", "selector"]?.object ?? JSONObject()).reduce(into: [:]) {
            $0[$1.name] = $1.value.string
        }
        publishesNotReady = object[path: "spec", "publishNotReadyAddresses"]?.bool ?? false
        let mode = object[path: "metadata", "annotations", "service.kubernetes.io/topology-mode"]?.string
        trafficDistribution =
            object[path: "spec", "trafficDistribution"]?.string ?? (mode == "Auto" ? "PreferSameZone" : "")
        self.place = place
    }
}
