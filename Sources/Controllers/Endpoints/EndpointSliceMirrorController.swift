import JSON
public import KubernetesAPI
public import KubernetesClient

/// Makes EndpointSlices of Endpoints that people write for Services without a selector.
///
/// Source: `k8s.io/kubernetes/pkg/controller/endpointslicemirroring`.
public struct EndpointSliceMirrorController: Controller {
    /// What the slices' label `endpointslice.kubernetes.io/managed-by` says.
    public static let manager = "endpointslicemirroring-controller.k8s.io"
    private static let skipLabel = "endpointslice.kubernetes.io/skip-mirror"
    private static let leaderAnnotation = "control-plane.alpha.kubernetes.io/leader"
    /// Addresses of a subset that are mirrored; more are left out.
    private static let subsetCapacity = 1000

    /// The name in logs.
    public let name = "endpointslice-mirroring-controller"

    /// The controller.
    public init() {}

    /// The Endpoints that a change concerns.
    public func keys(for change: ClusterChange, in state: ClusterState) -> [ObjectName] {
        switch change {
        case .service(let change): return [change.name]
        case .endpoints(let change): return [change.name]
        case .endpointSlice(let change):
            guard let slice = change.new ?? change.old,
                slice.metadata.labels[EndpointSliceController.managerLabel] == Self.manager,
                let service = slice.metadata.labels[EndpointSlice.serviceNameLabel]
            else { return [] }
            return [ObjectName(namespace: slice.metadata.namespace, name: service)]
        default: return []
        }
    }

    /// What to do about the slices of Endpoints.
    public func reconcile(_ key: ObjectName, in state: ClusterState, now: Timestamp) -> Reconciliation {
        guard let namespace = key.namespace else { return Reconciliation() }
        let present = state.endpointSlices.objects(in: namespace).filter {
            $0.metadata.labels[EndpointSliceController.managerLabel] == Self.manager
                && $0.metadata.labels[EndpointSlice.serviceNameLabel] == key.name
                && $0.metadata.deletionTimestamp == nil
        }
        var wanted: [Slice: [SliceEndpoint]] = [:]
        if let endpoints = state.endpoints[key], let service = state.services[key].map({ ServiceFacts($0) }),
            Self.isMirrored(endpoints, service)
        {
            wanted = Self.slices(of: endpoints)
        }
        var writes: [ClusterWrite] = []
        var left = Dictionary(grouping: present) { Slice($0.value) }
        for slice in wanted.keys.sorted() {
            let slices = left.removeValue(forKey: slice) ?? []
            let packed = SlicePacking.pack(
                wanted[slice] ?? [],
                into: slices.map { present in
                    let endpoints = (present.value["endpoints"]?.array ?? []).map { SliceEndpoint($0) }
                    return SlicePacking.Present(name: present.metadata.name, endpoints: endpoints)
                }
            )
            for present in slices {
                if let endpoints = packed.changed[present.metadata.name] {
                    var value = present.value
                    value["endpoints"] = .array(endpoints.map(\.json))
                    writes.append(
                        ClusterWrite(
                            EndpointSliceKind.resource,
                            namespace: namespace,
                            name: present.metadata.name,
                            .replace(value)
                        )
                    )
                } else if packed.emptied.contains(present.metadata.name) {
                    writes.append(Self.deletion(of: present))
                }
            }
            guard let endpoints = state.endpoints[key] else { continue }
            for group in packed.created { writes.append(Self.creation(slice, group, of: endpoints)) }
        }
        return Reconciliation(writes + left.values.flatMap(\.self).map { Self.deletion(of: $0) })
    }

    private static func isMirrored(_ endpoints: Resource<EndpointsKind>, _ service: ServiceFacts) -> Bool {
        service.selector.isEmpty && !service.isExternalName && endpoints.metadata.labels[skipLabel] != "true"
            && endpoints.metadata.deletionTimestamp == nil
            && endpoints.value[path: "metadata", "annotations"]?[leaderAnnotation] == nil
    }

    /// What slices that can hold the same endpoints have in common.
    private struct Slice: Hashable, Comparable {
        var family: String
        var ports: [SlicePort]

        init(family: String, ports: [SlicePort]) {
            self.family = family
            self.ports = ports
        }

        init(_ value: JSONValue) {
            family = value["addressType"]?.string ?? ""
            ports = (value["ports"]?.array ?? []).compactMap { SlicePort($0) }.sorted()
        }

        static func < (left: Slice, right: Slice) -> Bool {
            left.family != right.family
                ? left.family < right.family : left.ports.lexicographicallyPrecedes(right.ports)
        }
    }

    private static func slices(of endpoints: Resource<EndpointsKind>) -> [Slice: [SliceEndpoint]] {
        var slices: [Slice: [SliceEndpoint]] = [:]
        var seen: Set<String> = []
        for subset in endpoints.value["subsets"]?.array ?? [] {
            let ports = (subset["ports"]?.array ?? []).compactMap { SlicePort($0) }.sorted()
            var left = subsetCapacity
            for (field, isReady) in [("addresses", true), ("notReadyAddresses", false)] {
                for address in subset[field]?.array ?? [] {
                    guard left > 0, let ip = address["ip"]?.string,
                        seen.insert("\(ports) \(ip)").inserted
                    else { continue }
                    left -= 1
                    var endpoint = SliceEndpoint(address)
                    endpoint.addresses = [ip]
                    endpoint.isReady = isReady
                    endpoint.isServing = isReady
                    let slice = Slice(family: ip.contains(":") ? "IPv6" : "IPv4", ports: ports)
                    slices[slice, default: []].append(endpoint)
                }
            }
        }
        return slices
    }

    private static func deletion(of slice: Resource<EndpointSliceKind>) -> ClusterWrite {
        ClusterWrite(
            EndpointSliceKind.resource,
            namespace: slice.metadata.namespace,
            name: slice.metadata.name,
            .delete(.init(uid: slice.metadata.uid))
        )
    }

    private static func creation(
        _ slice: Slice,
        _ endpoints: [SliceEndpoint],
        of source: Resource<EndpointsKind>
    ) -> ClusterWrite {
        var labels = JSONObject()
        for (name, text) in source.metadata.labels.sorted(by: { $0.key < $1.key }) { labels[name] = .string(text) }
        labels[EndpointSlice.serviceNameLabel] = .string(source.metadata.name)
        labels[EndpointSliceController.managerLabel] = .string(manager)
        let namespace = source.metadata.namespace ?? ""
        let value: JSONValue = [
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": [
                "generateName": .string(source.metadata.name + "-"),
                "namespace": .string(namespace),
                "labels": .object(labels),
                "ownerReferences": [
                    OwnerReference(
                        apiVersion: "v1",
                        kind: "Endpoints",
                        name: source.metadata.name,
                        uid: source.metadata.uid,
                        isController: true,
                        blocksDeletion: true
                    ).json
                ],
            ],
            "addressType": .string(slice.family),
            "ports": .array(slice.ports.map(\.json)),
            "endpoints": .array(endpoints.map(\.json)),
        ]
        return ClusterWrite(EndpointSliceKind.resource, namespace: namespace, name: "", .create(value))
    }
}
