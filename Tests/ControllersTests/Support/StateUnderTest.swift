import Controllers
import JSON
import KubernetesAPI
import KubernetesClient

/// What controllers know, changed by what they want: as a server would, for the kinds that tests use.
struct StateUnderTest {
    var state = ClusterState()
    /// What changed so far.
    var changes: [ClusterChange] = []
    private var objects: [Key: JSONValue] = [:]
    private var version = 0
    private var made = 0

    /// Takes an object in as its JSON, under a new version.
    mutating func put(_ resource: ResourceType, _ object: JSONValue) throws {
        var object = object
        version += 1
        object[path: "metadata", "resourceVersion"] = .string("\(version)")
        if object[path: "metadata", "uid"] == nil { object[path: "metadata", "uid"] = .string("uid-\(version)") }
        if object[path: "metadata", "creationTimestamp"] == nil {
            object[path: "metadata", "creationTimestamp"] = "2026-01-01T00:00:00Z"
        }
        let json = object.json
        objects[Key(resource: resource, name: Self.name(of: object))] = object
        switch resource {
        case Pod.resource: see(state.pods.put(try Pod(json: json)), ClusterChange.pod)
        case ServiceKind.resource: see(state.services.put(try .init(json: json)), ClusterChange.service)
        case EndpointSliceKind.resource:
            see(state.endpointSlices.put(try .init(json: json)), ClusterChange.endpointSlice)
        case EndpointsKind.resource: see(state.endpoints.put(try .init(json: json)), ClusterChange.endpoints)
        case NodeKind.resource: see(state.nodes.put(try .init(json: json)), ClusterChange.node)
        case NamespaceKind.resource: see(state.namespaces.put(try .init(json: json)), ClusterChange.namespace)
        case DeploymentKind.resource: see(state.deployments.put(try .init(json: json)), ClusterChange.deployment)
        case ReplicaSetKind.resource: see(state.replicaSets.put(try .init(json: json)), ClusterChange.replicaSet)
        case DaemonSetKind.resource: see(state.daemonSets.put(try .init(json: json)), ClusterChange.daemonSet)
        case LeaseKind.resource: see(state.leases.put(try .init(json: json)), ClusterChange.lease)
        case ServiceAccountKind.resource:
            see(state.serviceAccounts.put(try .init(json: json)), ClusterChange.serviceAccount)
        case ConfigMapKind.resource:
            see(state.rootCertificates.put(try .init(json: json)), ClusterChange.rootCertificate)
        case SecretKind.resource: see(state.tokenSecrets.put(try .init(json: json)), ClusterChange.tokenSecret)
        default: throw UnknownKind(resource: resource)
        }
    }

    mutating func remove(_ resource: ResourceType, _ name: ObjectName) throws {
        version += 1
        objects[Key(resource: resource, name: name)] = nil
        switch resource {
        case Pod.resource: see(state.pods.remove(name), ClusterChange.pod)
        case ServiceKind.resource: see(state.services.remove(name), ClusterChange.service)
        case EndpointSliceKind.resource:
            see(state.endpointSlices.remove(name), ClusterChange.endpointSlice)
        case EndpointsKind.resource: see(state.endpoints.remove(name), ClusterChange.endpoints)
        case ReplicaSetKind.resource: see(state.replicaSets.remove(name), ClusterChange.replicaSet)
        case NodeKind.resource: see(state.nodes.remove(name), ClusterChange.node)
        case ServiceAccountKind.resource:
            see(state.serviceAccounts.remove(name), ClusterChange.serviceAccount)
        case SecretKind.resource: see(state.tokenSecrets.remove(name), ClusterChange.tokenSecret)
        default: throw UnknownKind(resource: resource)
        }
    }

    /// Changes an object as it is.
    mutating func change(_ resource: ResourceType, _ name: ObjectName, _ body: (inout JSONValue) -> Void) throws {
        guard var object = objects[Key(resource: resource, name: name)] else { throw UnknownKind(resource: resource) }
        body(&object)
        try put(resource, object)
    }

    /// The object as it is; nil where there is none.
    func object(_ resource: ResourceType, _ name: ObjectName) -> JSONValue? {
        objects[Key(resource: resource, name: name)]
    }

    private mutating func see<Change>(_ change: Change?, _ wrap: (Change) -> ClusterChange) {
        guard let change = change.map(wrap) else { return }
        state.observe(change, at: state.uptime)
        changes.append(change)
    }

    private static func name(of object: JSONValue) -> ObjectName {
        ObjectName(
            namespace: object[path: "metadata", "namespace"]?.string,
            name: object[path: "metadata", "name"]?.string ?? ""
        )
    }

    private struct Key: Hashable {
        var resource: ResourceType
        var name: ObjectName
    }

    struct UnknownKind: Error {
        var resource: ResourceType
    }

    struct UnsupportedWrite: Error {
        var write: ClusterWrite
    }

    /// Does what a controller wants.
    mutating func apply(_ writes: [ClusterWrite]) throws {
        for write in writes {
            switch write.action {
            case .create(var object):
                if write.name.isEmpty, object[path: "metadata", "name"] == nil {
                    made += 1
                    let prefix = object[path: "metadata", "generateName"]?.string ?? ""
                    object[path: "metadata", "name"] = .string("\(prefix)\(made)")
                }
                try put(write.resource, object)
            case .replace(let object):
                try put(write.resource, object)
            case .delete:
                try remove(write.resource, ObjectName(namespace: write.namespace, name: write.name))
            case .patch(.json, _):
                throw UnsupportedWrite(write: write)
            case .patch(_, let patch):
                try change(write.resource, ObjectName(namespace: write.namespace, name: write.name)) {
                    Self.merge(patch, into: &$0)
                }
            }
        }
    }

    /// As merge patches do, but elements of arrays with a `type` are merged by it.
    private static func merge(_ patch: JSONValue, into value: inout JSONValue) {
        switch patch {
        case .object(let members):
            for member in members {
                if member.value.isNull {
                    value[member.name] = nil
                } else {
                    var inner = value[member.name] ?? [:]
                    merge(member.value, into: &inner)
                    value[member.name] = inner
                }
            }
        case .array(let elements) where elements.contains { $0["type"] != nil }:
            var present = value.array ?? []
            for element in elements {
                if let index = present.firstIndex(where: { $0["type"] == element["type"] }) {
                    merge(element, into: &present[index])
                } else {
                    present.append(element)
                }
            }
            value = .array(present)
        default: value = patch
        }
    }

    /// Asks a controller about all that changed since the last time, until nothing more comes of it.
    ///
    /// - Returns: What it wanted in all.
    @discardableResult
    mutating func settle(_ controllers: any Controller..., now: Timestamp) throws -> Reconciliation {
        var sum = Reconciliation()
        for _ in 0..<100 {
            guard !changes.isEmpty else { return sum }
            let news = changes
            changes = []
            for controller in controllers {
                var keys: [ObjectName] = []
                for change in news {
                    for key in controller.keys(for: change, in: state) where !keys.contains(key) { keys.append(key) }
                }
                for key in keys {
                    let wanted = controller.reconcile(key, in: state, now: now)
                    try apply(wanted.writes)
                    sum.writes += wanted.writes
                    sum.events += wanted.events
                    if let again = wanted.again { sum.again = min(sum.again ?? again, again) }
                }
            }
        }
        throw Unsettled(last: sum)
    }

    struct Unsettled: Error {
        var last: Reconciliation
    }
}
