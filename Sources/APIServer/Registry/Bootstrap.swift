public import Addressing
import APIRegistry
public import JSON
public import KubernetesAPI

/// The objects that every cluster has, made where they are missing.
///
/// Source: `pkg/controlplane/controller` of kube-apiserver.
public struct Bootstrap: Sendable {
    /// The ranges that ClusterIPs are taken from, the primary family first.
    public var serviceRanges: [IPPrefix]
    /// Where clients inside the cluster reach the API server: the endpoints of the Service `kubernetes`.
    public var endpoints: [IPAddress]
    /// The port at these addresses.
    public var port: Int

    /// Further objects, such as roles.
    public var objects: [Object]

    /// An object that is made where it is missing.
    public struct Object: Sendable {
        /// Its kind.
        public var resource: ResourceType
        /// The object.
        public var value: JSONValue

        /// An object from its parts.
        public init(resource: ResourceType, value: JSONValue) {
            self.resource = resource
            self.value = value
        }
    }

    /// What is made from its parts.
    public init(serviceRanges: [IPPrefix], endpoints: [IPAddress], port: Int, objects: [Object] = []) {
        self.serviceRanges = serviceRanges
        self.endpoints = endpoints
        self.port = port
        self.objects = objects
    }

    static let namespaces = ["kube-system", "kube-public", "kube-node-lease", "default"]
}

extension ObjectRegistry {
    /// Makes the objects that are missing.
    func bootstrap(_ bootstrap: Bootstrap) async throws(Refusal) {
        for name in Bootstrap.namespaces {
            let namespace: JSONValue = [
                "kind": "Namespace", "apiVersion": "v1",
                "metadata": ["name": .string(name), "labels": ["kubernetes.io/metadata.name": .string(name)]],
                "spec": ["finalizers": ["kubernetes"]], "status": ["phase": "Active"],
            ]
            try await ensure(namespace, plural: "namespaces")
        }
        for object in bootstrap.objects { try await ensure(object.value, plural: object.resource.plural) }
        guard let range = bootstrap.serviceRanges.first else { return }
        let cidrs: JSONValue = [
            "kind": "ServiceCIDR", "apiVersion": "networking.k8s.io/v1", "metadata": ["name": "kubernetes"],
            "spec": ["cidrs": .strings(bootstrap.serviceRanges.map(\.description))],
        ]
        try await ensure(cidrs, plural: "servicecidrs")
        let labels: JSONValue = ["component": "apiserver", "provider": "kubernetes"]
        var service: JSONValue = [
            "kind": "Service", "apiVersion": "v1",
            "metadata": ["name": "kubernetes", "namespace": "default", "labels": labels],
            "spec": [
                "ports": [["name": "https", "protocol": "TCP", "port": 443, "targetPort": .integer(bootstrap.port)]],
                "sessionAffinity": "None", "type": "ClusterIP",
            ],
        ]
        if let address = range.address.successor {
            service[path: "spec", "clusterIP"] = .string("\(address)")
            service[path: "spec", "clusterIPs"] = [.string("\(address)")]
            service[path: "spec", "ipFamilies"] = [.string(address.family == .ipv4 ? "IPv4" : "IPv6")]
            service[path: "spec", "ipFamilyPolicy"] = "SingleStack"
        }
        try await ensure(service, plural: "services")
        try await publish(bootstrap, family: range.address.family)
    }

    /// Makes the Service `kubernetes` lead to the server.
    private func publish(_ bootstrap: Bootstrap, family: IPFamily) async throws(Refusal) {
        // What only this host reaches is no endpoint for others.
        let addresses = bootstrap.endpoints.filter { $0.family == family && !$0.isLoopback && !$0.isUnspecified }
        guard !addresses.isEmpty else { return }
        let slice: JSONValue = [
            "kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1",
            "metadata": [
                "name": "kubernetes", "namespace": "default",
                "labels": ["kubernetes.io/service-name": "kubernetes"],
            ],
            "addressType": family == .ipv4 ? "IPv4" : "IPv6",
            "endpoints": .array(
                addresses.map { ["addresses": [.string("\($0)")], "conditions": ["ready": true]] }
            ),
            "ports": [["name": "https", "protocol": "TCP", "port": .integer(bootstrap.port)]],
        ]
        try await ensure(slice, plural: "endpointslices", fields: ["endpoints", "ports"])
        let endpoints: JSONValue = [
            "kind": "Endpoints", "apiVersion": "v1",
            "metadata": [
                "name": "kubernetes", "namespace": "default",
                "labels": ["endpointslice.kubernetes.io/skip-mirror": "true"],
            ],
            "subsets": [
                [
                    "addresses": .array(addresses.map { ["ip": .string("\($0)")] }),
                    "ports": [["name": "https", "port": .integer(bootstrap.port), "protocol": "TCP"]],
                ]
            ],
        ]
        try await ensure(endpoints, plural: "endpoints", fields: ["subsets"])
    }

    /// Makes an object that is missing, and gives one that is there these fields.
    private func ensure(_ object: JSONValue, plural: String, fields: [String] = []) async throws(Refusal) {
        guard
            let kind = kinds.kinds.first(where: {
                $0.resource.plural == plural && $0.resource.apiVersion == object["apiVersion"]?.string
            })
        else { return }
        let namespace = object["metadata"]?["namespace"]?.string
        let name = object["metadata"]?["name"]?.string ?? ""
        _ = try await catchUp()
        if try cache(of: kind).object(kind.key(namespace: namespace, name: name)) != nil {
            guard !fields.isEmpty else { return }
            _ = try await change(kind, namespace: namespace, name: name, part: nil) { present throws(Refusal) in
                var changed = present
                for field in fields { changed[field] = object[field] }
                return Proposal(value: changed)
            }
            return
        }
        do throws(Refusal) {
            _ = try await create(kind, namespace: namespace, object)
        } catch  where error.reason == .alreadyExists {
            // Another server over the same store was faster.
            return
        }
    }
}
