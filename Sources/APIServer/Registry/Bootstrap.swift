import APIAccess
import APIRegistry
public import Addressing
public import JSON
public import KubernetesAPI
import Logging
import Storage

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
    /// How long these addresses stay endpoints after the server last said that they are its own, as it does three times
    /// in that time. Other servers over the same store do the same.
    public var endpointLifetime = Duration.seconds(15)

    /// Further objects, such as roles.
    public var objects: [Object]

    /// An object that is made where it is missing, and mended where it is not and has upstream's annotation for it.
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

    /// The family of the endpoints, which is that of the Service.
    var family: IPFamily? { serviceRanges.first?.address.family }

    /// What others can reach; what only this host reaches is no endpoint for others.
    var ownEndpoints: [IPAddress] {
        endpoints.filter { $0.family == family && !$0.isLoopback && !$0.isUnspecified }
    }

    /// The namespaces that every cluster has.
    static let namespaceObjects: [JSONValue] = ["kube-system", "kube-public", "kube-node-lease", "default"].map {
        name in
        [
            "kind": "Namespace", "apiVersion": "v1",
            "metadata": ["name": .string(name), "labels": ["kubernetes.io/metadata.name": .string(name)]],
            "spec": ["finalizers": ["kubernetes"]], "status": ["phase": "Active"],
        ]
    }

    /// The ranges as an object; nil where there are none.
    var serviceCIDR: JSONValue? {
        guard !serviceRanges.isEmpty else { return nil }
        return [
            "kind": "ServiceCIDR", "apiVersion": "networking.k8s.io/v1", "metadata": ["name": "kubernetes"],
            "spec": ["cidrs": .strings(serviceRanges.map(\.description))],
        ]
    }

    /// The Service by which clients inside the cluster reach the API server.
    var service: JSONValue {
        let labels: JSONValue = ["component": "apiserver", "provider": "kubernetes"]
        var service: JSONValue = [
            "kind": "Service", "apiVersion": "v1",
            "metadata": ["name": "kubernetes", "namespace": "default", "labels": labels],
            "spec": [
                "ports": [["name": "https", "protocol": "TCP", "port": 443, "targetPort": .integer(port)]],
                "sessionAffinity": "None", "type": "ClusterIP",
            ],
        ]
        guard let address = serviceRanges.first?.address.successor else { return service }
        service[path: "spec", "clusterIP"] = .string("\(address)")
        service[path: "spec", "clusterIPs"] = [.string("\(address)")]
        service[path: "spec", "ipFamilies"] = [.string(address.family == .ipv4 ? "IPv4" : "IPv6")]
        service[path: "spec", "ipFamilyPolicy"] = "SingleStack"
        return service
    }
}

extension ObjectRegistry {
    /// Makes the objects that are missing.
    func bootstrap(_ bootstrap: Bootstrap) async throws(Refusal) {
        try await ensureBasics(bootstrap)
        for object in bootstrap.objects { try await ensure(object) }
        try await mendPort(bootstrap)
        try await announce(bootstrap)
        try await publish(bootstrap)
    }

    /// Makes what no cluster can be without, where somebody deleted it.
    private func ensureBasics(_ bootstrap: Bootstrap) async throws(Refusal) {
        for namespace in Bootstrap.namespaceObjects { try await ensure(namespace, plural: "namespaces") }
        guard let cidrs = bootstrap.serviceCIDR else { return }
        try await ensure(cidrs, plural: "servicecidrs")
        try await markReady("kubernetes", plural: "servicecidrs")
        try await ensure(bootstrap.service, plural: "services")
    }

    /// Makes the Service `kubernetes` lead to this server's port, which may be another than when it was made.
    private func mendPort(_ bootstrap: Bootstrap) async throws(Refusal) {
        guard bootstrap.serviceCIDR != nil,
            let services = kinds.kind(group: "", version: "v1", plural: "services")
        else { return }
        _ = try await change(services, namespace: "default", name: "kubernetes", part: nil) { present throws(Refusal) in
            guard present["spec"]?["ports"]?[0]?["targetPort"]?.integer != bootstrap.port else {
                return Proposal(value: present)
            }
            var changed = present
            changed[path: "spec", "ports"] = bootstrap.service["spec"]?["ports"]
            return Proposal(value: changed)
        }
    }

    /// Says that the cluster's own range is in use, as upstream's `defaultservicecidr` controller does.
    private func markReady(_ name: String, plural: String) async throws(Refusal) {
        guard let kind = kinds.kinds.first(where: { $0.resource.plural == plural }),
            let present = try cache(of: kind).object(kind.key(namespace: nil, name: name))?.value,
            present["status"]?["conditions"]?.array?.isEmpty ?? true
        else { return }
        _ = try await change(kind, namespace: nil, name: name, part: .status) { present throws(Refusal) in
            guard present["status"]?["conditions"]?.array?.isEmpty ?? true else { return Proposal(value: present) }
            var changed = present
            changed[path: "status", "conditions"] = [
                [
                    "type": "Ready", "status": "True", "reason": "",
                    "message": "Kubernetes default Service CIDR is ready",
                    "lastTransitionTime": .string("\(Timestamp(seconds: Timestamp.now.seconds))"),
                ]
            ]
            return Proposal(value: changed)
        }
    }

    /// Keeps the endpoints of the Service `kubernetes` as the servers are, and makes again what no cluster can be
    /// without, until the task is cancelled.
    func followServers(_ bootstrap: Bootstrap) async {
        let interval = bootstrap.endpointLifetime / 3
        var next = ContinuousClock.now + interval
        while !Task.isCancelled {
            let seen = addresses.changes.revision
            do throws(Refusal) {
                if ContinuousClock.now >= next {
                    next = .now + interval
                    try await announce(bootstrap)
                    try await ensureBasics(bootstrap)
                }
                if !bootstrap.ownEndpoints.isEmpty { try await publish(bootstrap) }
            } catch {
                logger.warning(
                    "what every cluster has, such as the Service kubernetes and its endpoints, cannot be kept",
                    metadata: ["error": "\(error)"]
                )
                try? await Task.sleep(for: .seconds(1))
            }
            // Another server came or went, or this one has to say again that it is there.
            _ = await addresses.changes.wait(for: seen.next, timeout: max(.zero, next - .now))
        }
    }

    /// Says that this server is there.
    private func announce(_ bootstrap: Bootstrap) async throws(Refusal) {
        guard !bootstrap.ownEndpoints.isEmpty else { return }
        do throws(StoreError) {
            try await addresses.announce(bootstrap.ownEndpoints, for: bootstrap.endpointLifetime)
        } catch {
            throw Self.refusal(of: error)
        }
    }

    /// Says that this server is no longer there.
    func withdraw(_ bootstrap: Bootstrap) async {
        do throws(StoreError) {
            try await addresses.withdraw(bootstrap.ownEndpoints)
        } catch {
            // It is forgotten by itself.
            logger.info("the server's address was not taken back", metadata: ["error": "\(error)"])
        }
    }

    /// Makes the Service `kubernetes` lead to the servers that there are.
    private func publish(_ bootstrap: Bootstrap) async throws(Refusal) {
        guard let family = bootstrap.family else { return }
        let addresses: [IPAddress]
        do throws(StoreError) {
            addresses = try await self.addresses.present().filter { $0.family == family }
        } catch {
            throw Self.refusal(of: error)
        }
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

    /// Makes an object that is missing, and mends one that may be.
    private func ensure(_ object: Bootstrap.Object) async throws(Refusal) {
        let resource = object.resource
        let name = object.value["metadata"]?["name"]?.string ?? ""
        let namespace = object.value["metadata"]?["namespace"]?.string
        guard let kind = kinds.kind(group: resource.group, version: resource.version, plural: resource.plural) else {
            return
        }
        _ = try await catchUp()
        let key = kind.key(namespace: namespace, name: name)
        if object.value[path: "metadata", "annotations", BootstrapPolicy.autoupdate] != nil,
            let present = try cache(of: kind).object(key)?.value
        {
            switch BootstrapMending(of: present, wanted: object.value) {
            case .none: return
            case .change:
                _ = try await change(kind, namespace: namespace, name: name, part: nil) { present throws(Refusal) in
                    guard case .change(let mended) = BootstrapMending(of: present, wanted: object.value) else {
                        return Proposal(value: present)
                    }
                    return Proposal(value: mended)
                }
                return
            case .replacement:
                _ = try await delete(kind, namespace: namespace, name: name, DeleteOptions())
            }
        }
        try await ensure(object.value, plural: resource.plural)
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
        let key = kind.key(namespace: namespace, name: name)
        // What is there most likely still is: it is looked for again before long.
        if fields.isEmpty, try cache(of: kind).object(key) != nil { return }
        _ = try await catchUp()
        if try cache(of: kind).object(key) != nil {
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
