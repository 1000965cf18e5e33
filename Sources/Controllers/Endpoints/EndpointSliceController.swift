import JSON
public import KubernetesAPI
public import KubernetesClient

/// Keeps the EndpointSlices of Services that have a selector.
///
/// Source: `k8s.io/kubernetes/pkg/controller/endpointslice`, `k8s.io/endpointslice`.
public struct EndpointSliceController: Controller {
    /// What the slices' label `endpointslice.kubernetes.io/managed-by` says.
    public static let manager = "endpointslice-controller.k8s.io"
    static let managerLabel = "endpointslice.kubernetes.io/managed-by"
    static let headlessLabel = "service.kubernetes.io/headless"
    private static let zoneLabel = "topology.kubernetes.io/zone"

    /// The name in logs.
    public let name = "endpointslice-controller"

    /// The controller.
    public init() {}

    /// The Services that a change concerns.
    public func keys(for change: ClusterChange, in state: ClusterState) -> [ObjectName] {
        switch change {
        case .service(let change): [change.name]
        case .pod(let change): Self.services(of: change, in: state)
        case .endpointSlice(let change):
            (change.new ?? change.old).flatMap { Self.service(of: $0) }.map { [$0] } ?? []
        case .node(let change)
        where Self.zone(change.old) != Self.zone(change.new) || (change.old == nil) != (change.new == nil):
            // Endpoints tell their node's zone, and go with it: rare enough to look at all Services.
            Array(state.services.objects.keys)
        default: []
        }
    }

    /// The Services whose endpoints a change of a pod can alter.
    static func services(of change: ObjectTable<Pod>.Change, in state: ClusterState) -> [ObjectName] {
        guard let namespace = change.name.namespace, concernsEndpoints(change) else { return [] }
        return state.services.objects(in: namespace).compactMap { service in
            let facts = ServiceFacts(service)
            let isConcerned = [change.old, change.new].contains {
                $0.map { facts.selects($0.metadata.labels) } ?? false
            }
            return isConcerned ? ObjectName(service.metadata) : nil
        }
    }

    private static func concernsEndpoints(_ change: ObjectTable<Pod>.Change) -> Bool {
        guard let old = change.old, let new = change.new else { return true }
        return old.metadata.labels != new.metadata.labels || old.addresses != new.addresses
            || old.isReady != new.isReady || old.isFinished != new.isFinished
            || old.isTerminating != new.isTerminating || old.nodeName != new.nodeName
            || old.metadata.uid != new.metadata.uid
    }

    private static func service(of slice: Resource<EndpointSliceKind>) -> ObjectName? {
        guard slice.metadata.labels[managerLabel] == manager,
            let service = slice.metadata.labels[EndpointSlice.serviceNameLabel]
        else { return nil }
        return ObjectName(namespace: slice.metadata.namespace, name: service)
    }

    private static func zone(_ node: Resource<NodeKind>?) -> String? { node?.metadata.labels[zoneLabel] }

    /// What to do about a Service's slices.
    public func reconcile(_ key: ObjectName, in state: ClusterState, now: Timestamp) -> Reconciliation {
        guard let namespace = key.namespace else { return Reconciliation() }
        let present = state.endpointSlices.objects(in: namespace).filter {
            $0.metadata.labels[Self.managerLabel] == Self.manager
                && $0.metadata.labels[EndpointSlice.serviceNameLabel] == key.name
                && $0.metadata.deletionTimestamp == nil
        }
        guard let service = state.services[key].map({ ServiceFacts($0) }) else {
            return Reconciliation(present.map { Self.deletion(of: $0) })
        }
        guard service.hasManagedEndpoints else { return Reconciliation() }
        let pods = state.pods.objects(in: namespace).filter { service.selects($0.metadata.labels) }
            .sorted { $0.metadata.name < $1.metadata.name }
        // Those of an earlier Service of the name are about to be collected with it: they go once there are others.
        let own = present.filter { Self.isOwned($0, by: service) }
        var writes: [ClusterWrite] = []
        for family in service.families {
            let slices = own.filter { $0.value["addressType"]?.string == family }
            writes += Self.writes(service, family: family, pods: pods, present: slices, state: state, now: now)
        }
        for slice in present
        where !service.families.contains(slice.value["addressType"]?.string ?? "") || !Self.isOwned(slice, by: service)
        {
            writes.append(Self.deletion(of: slice))
        }
        return Reconciliation(writes)
    }

    private static func isOwned(_ slice: Resource<EndpointSliceKind>, by service: ServiceFacts) -> Bool {
        OwnerReference.all(in: slice.value).contains { $0.uid == service.uid }
    }

    // MARK: One family

    private static func writes(
        _ service: ServiceFacts,
        family: String,
        pods: [Pod],
        present: [Resource<EndpointSliceKind>],
        state: ClusterState,
        now: Timestamp
    ) -> [ClusterWrite] {
        var groups: [[SlicePort]: [SliceEndpoint]] = [:]
        for pod in pods {
            let node = state.nodes[nil, pod.nodeName]
            // A pod of a node that is gone is not reached, unless whoever asks for pods that are not ready means it.
            guard node != nil || pod.nodeName.isEmpty || service.publishesNotReady else { continue }
            let zone = node.flatMap { Self.zone($0) }
            guard let endpoint = SliceEndpoint(pod, of: service, family: family, zone: zone) else { continue }
            groups[service.ports(at: pod).sorted(), default: []].append(endpoint)
        }
        for (ports, endpoints) in groups {
            groups[ports] = TopologyHints.apply(service.trafficDistribution, to: endpoints)
        }
        // A Service without endpoints has one slice that says so.
        if groups.isEmpty { groups[[]] = [] }
        var presentByPorts = Dictionary(grouping: present) { slice in
            (slice.value["ports"]?.array ?? []).compactMap { SlicePort($0) }.sorted()
        }
        let trigger = triggerTime(service, pods: pods, now: now)
        var writes: [ClusterWrite] = []
        var emptied: [Resource<EndpointSliceKind>] = []
        for ports in groups.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            let slices = presentByPorts.removeValue(forKey: ports) ?? []
            let byName = Dictionary(slices.map { ($0.metadata.name, $0) }, uniquingKeysWith: { first, _ in first })
            let packed = SlicePacking.pack(
                groups[ports] ?? [],
                into: slices.map { slice in
                    let endpoints = (slice.value["endpoints"]?.array ?? []).map { SliceEndpoint($0) }
                    return SlicePacking.Present(name: slice.metadata.name, endpoints: endpoints)
                }
            )
            for (name, endpoints) in packed.changed.sorted(by: { $0.key < $1.key }) {
                guard let slice = byName[name] else { continue }
                writes.append(update(slice, service, ports: ports, endpoints: endpoints, trigger: trigger))
            }
            for name in packed.unchanged {
                guard let slice = byName[name], labels(of: slice) != labels(of: service) else { continue }
                let endpoints = (slice.value["endpoints"]?.array ?? []).map { SliceEndpoint($0) }
                writes.append(update(slice, service, ports: ports, endpoints: endpoints, trigger: trigger))
            }
            for endpoints in packed.created {
                writes.append(creation(service, family: family, ports: ports, endpoints: endpoints, trigger: trigger))
            }
            emptied += packed.emptied.compactMap { byName[$0] }
        }
        emptied += presentByPorts.values.flatMap(\.self)
        emptied.sort { $0.metadata.name < $1.metadata.name }
        if groups == [[]: []] {
            // The one that says that there is none: one that is there, before a new one.
            if let kept = emptied.first {
                emptied.removeFirst()
                let isSame =
                    kept.value["endpoints"]?.array?.isEmpty ?? true && kept.value["ports"]?.array?.isEmpty ?? true
                    && labels(of: kept) == labels(of: service)
                if !isSame { writes.append(update(kept, service, ports: [], endpoints: [], trigger: trigger)) }
            } else {
                writes.append(creation(service, family: family, ports: [], endpoints: [], trigger: trigger))
            }
        }
        return writes + emptied.map { deletion(of: $0) }
    }

    // MARK: Requests

    private static func deletion(of slice: Resource<EndpointSliceKind>) -> ClusterWrite {
        ClusterWrite(
            EndpointSliceKind.resource,
            namespace: slice.metadata.namespace,
            name: slice.metadata.name,
            .delete(.init(uid: slice.metadata.uid))
        )
    }

    private static func update(
        _ slice: Resource<EndpointSliceKind>,
        _ service: ServiceFacts,
        ports: [SlicePort],
        endpoints: [SliceEndpoint],
        trigger: Timestamp
    ) -> ClusterWrite {
        var value = slice.value
        fill(&value, service, ports: ports, endpoints: endpoints, trigger: trigger)
        return ClusterWrite(
            EndpointSliceKind.resource,
            namespace: slice.metadata.namespace,
            name: slice.metadata.name,
            .replace(value)
        )
    }

    private static func creation(
        _ service: ServiceFacts,
        family: String,
        ports: [SlicePort],
        endpoints: [SliceEndpoint],
        trigger: Timestamp
    ) -> ClusterWrite {
        var value: JSONValue = [
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": [
                "generateName": .string(service.name + "-"),
                "namespace": .string(service.namespace),
                "ownerReferences": [
                    OwnerReference(
                        apiVersion: "v1",
                        kind: "Service",
                        name: service.name,
                        uid: service.uid,
                        isController: true,
                        blocksDeletion: true
                    ).json
                ],
            ],
            "addressType": .string(family),
        ]
        fill(&value, service, ports: ports, endpoints: endpoints, trigger: trigger)
        return ClusterWrite(EndpointSliceKind.resource, namespace: service.namespace, name: "", .create(value))
    }

    private static func fill(
        _ value: inout JSONValue,
        _ service: ServiceFacts,
        ports: [SlicePort],
        endpoints: [SliceEndpoint],
        trigger: Timestamp
    ) {
        var labels = JSONObject()
        for (name, text) in Self.labels(of: service).sorted(by: { $0.key < $1.key }) { labels[name] = .string(text) }
        value[path: "metadata", "labels"] = .object(labels)
        value[path: "metadata", "annotations", EndpointSlice.lastChangeTriggerTimeAnnotation] =
            .string("\(trigger)")
        value["ports"] = .array(ports.map(\.json))
        value["endpoints"] = .array(endpoints.map(\.json))
    }

    /// The labels that a Service's slices have: the Service's own, and those that say whose they are.
    private static func labels(of service: ServiceFacts) -> [String: String] {
        var labels = service.labels
        labels[headlessLabel] = service.isHeadless ? "" : nil
        labels[EndpointSlice.serviceNameLabel] = service.name
        labels[managerLabel] = manager
        return labels
    }

    private static func labels(of slice: Resource<EndpointSliceKind>) -> [String: String] { slice.metadata.labels }

    /// When the last thing happened that slices have to show: from there the time to program them is counted.
    private static func triggerTime(_ service: ServiceFacts, pods: [Pod], now: Timestamp) -> Timestamp {
        let times =
            [service.created]
            + pods.flatMap { pod in
                [pod.conditions["Ready"]?.lastTransition, pod.metadata.creationTimestamp]
            }
        let newest = times.compactMap(\.self).filter { $0 <= now }.max()
        return newest ?? now
    }
}
