import JSON
public import KubernetesAPI
public import KubernetesClient

/// Keeps the Endpoints of Services that have a selector: what clients read that do not know EndpointSlices.
///
/// Source: `k8s.io/kubernetes/pkg/controller/endpoint`.
public struct EndpointsController: Controller {
    /// Addresses in one Endpoints object; more are left out, which an annotation says.
    public static let capacity = 1000
    static let managerLabel = "endpoints.kubernetes.io/managed-by"
    static let manager = "endpoint-controller"
    private static let overCapacity = "endpoints.kubernetes.io/over-capacity"

    /// The name in logs.
    public let name = "endpoint-controller"

    /// The controller.
    public init() {}

    /// The Services that a change concerns.
    public func keys(for change: ClusterChange, in state: ClusterState) -> [ObjectName] {
        switch change {
        case .service(let change): [change.name]
        case .endpoints(let change): [change.name]
        case .pod(let change): EndpointSliceController.services(of: change, in: state)
        default: []
        }
    }

    /// What to do about a Service's Endpoints.
    public func reconcile(_ key: ObjectName, in state: ClusterState, now: Timestamp) -> Reconciliation {
        guard let namespace = key.namespace else { return Reconciliation() }
        let present = state.endpoints[key]
        guard let service = state.services[key].map({ ServiceFacts($0) }) else {
            guard let present, present.metadata.labels[Self.managerLabel] == Self.manager else {
                return Reconciliation()
            }
            let options = ClusterWrite.DeleteOptions(uid: present.metadata.uid)
            return Reconciliation([
                ClusterWrite(EndpointsKind.resource, namespace: namespace, name: key.name, .delete(options))
            ])
        }
        guard service.hasManagedEndpoints else { return Reconciliation() }
        let pods = state.pods.objects(in: namespace)
            .filter { service.selects($0.metadata.labels) && (service.publishesNotReady || !$0.isTerminating) }
            .sorted { $0.metadata.name < $1.metadata.name }
        let (subsets, isCut) = Self.subsets(of: service, pods: pods)
        var labels = service.labels
        labels[EndpointSliceController.headlessLabel] = service.isHeadless ? "" : nil
        labels[Self.managerLabel] = Self.manager
        if let present, present.value["subsets"] ?? [] == subsets, present.metadata.labels == labels {
            return Reconciliation()
        }
        var value: JSONValue =
            present?.value ?? ["apiVersion": "v1", "kind": "Endpoints", "metadata": ["namespace": .string(namespace)]]
        value[path: "metadata", "name"] = .string(key.name)
        var labelMembers = JSONObject()
        for (name, text) in labels.sorted(by: { $0.key < $1.key }) { labelMembers[name] = .string(text) }
        value[path: "metadata", "labels"] = .object(labelMembers)
        value[path: "metadata", "annotations", EndpointSlice.lastChangeTriggerTimeAnnotation] =
            .string("\(now)")
        value[path: "metadata", "annotations", Self.overCapacity] = isCut ? "truncated" : nil
        value["subsets"] = subsets
        let action: ClusterWrite.Action = present == nil ? .create(value) : .replace(value)
        return Reconciliation([ClusterWrite(EndpointsKind.resource, namespace: namespace, name: key.name, action)])
    }

    /// Addresses by the ports that they have, the ready ones before the others.
    private static func subsets(of service: ServiceFacts, pods: [Pod]) -> (subsets: JSONValue, isCut: Bool) {
        var groups: [[SlicePort]: (ready: [SliceEndpoint], notReady: [SliceEndpoint])] = [:]
        guard let family = service.families.first else { return ([], false) }
        var left = capacity
        let endpoints = pods.compactMap { pod -> ([SlicePort], SliceEndpoint)? in
            guard let endpoint = SliceEndpoint(pod, of: service, family: family, zone: nil) else { return nil }
            return (service.ports(at: pod).sorted(), endpoint)
        }
        // Ready ones first, so that what is left out is what is of no use.
        for (ports, endpoint) in endpoints.filter(\.1.isReady) + endpoints.filter({ !$0.1.isReady }) {
            guard left > 0 else { break }
            // Without ports there is nothing to reach, but for a headless Service, whose names count.
            guard !ports.isEmpty || service.isHeadless else { continue }
            left -= 1
            if endpoint.isReady {
                groups[ports, default: ([], [])].ready.append(endpoint)
            } else {
                groups[ports, default: ([], [])].notReady.append(endpoint)
            }
        }
        let subsets = groups.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { (ports, group) in
            var subset: JSONValue = [:]
            if !group.ready.isEmpty { subset["addresses"] = .array(group.ready.map { address($0) }) }
            if !group.notReady.isEmpty { subset["notReadyAddresses"] = .array(group.notReady.map { address($0) }) }
            if !ports.isEmpty {
                subset["ports"] = .array(
                    ports.map { port in
                        var value = port.json
                        if port.name.isEmpty { value["name"] = nil }
                        return value
                    }
                )
            }
            return subset
        }
        return (.array(subsets), endpoints.count > capacity)
    }

    private static func address(_ endpoint: SliceEndpoint) -> JSONValue {
        var value: JSONValue = ["ip": .string(endpoint.addresses.first ?? "")]
        value["hostname"] = endpoint.hostName.map { .string($0) }
        value["nodeName"] = endpoint.nodeName.map { .string($0) }
        if let target = endpoint.target {
            value["targetRef"] = [
                "kind": .string(target.kind), "name": .string(target.name), "namespace": .string(target.namespace),
                "uid": .string(target.uid),
            ]
        }
        return value
    }
}
