import Controllers
import JSON
import KubernetesAPI
import KubernetesClient

/// What controllers know, changed by what they want: as a server would, for the kinds that tests use.
struct StateUnderTest {
    var state = ClusterState()
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
        switch resource {
        case Pod.resource: _ = state.pods.put(try Pod(json: json))
        case ServiceKind.resource: _ = state.services.put(try .init(json: json))
        case EndpointSliceKind.resource: _ = state.endpointSlices.put(try .init(json: json))
        case EndpointsKind.resource: _ = state.endpoints.put(try .init(json: json))
        case NodeKind.resource: _ = state.nodes.put(try .init(json: json))
        case NamespaceKind.resource: _ = state.namespaces.put(try .init(json: json))
        case DeploymentKind.resource: _ = state.deployments.put(try .init(json: json))
        case ReplicaSetKind.resource: _ = state.replicaSets.put(try .init(json: json))
        case DaemonSetKind.resource: _ = state.daemonSets.put(try .init(json: json))
        case LeaseKind.resource: _ = state.leases.put(try .init(json: json))
        case ServiceAccountKind.resource: _ = state.serviceAccounts.put(try .init(json: json))
        default: throw UnknownKind(resource: resource)
        }
    }

    mutating func remove(_ resource: ResourceType, _ name: ObjectName) throws {
        version += 1
        switch resource {
        case Pod.resource: _ = state.pods.remove(name)
        case ServiceKind.resource: _ = state.services.remove(name)
        case EndpointSliceKind.resource: _ = state.endpointSlices.remove(name)
        case EndpointsKind.resource: _ = state.endpoints.remove(name)
        case ReplicaSetKind.resource: _ = state.replicaSets.remove(name)
        case NodeKind.resource: _ = state.nodes.remove(name)
        default: throw UnknownKind(resource: resource)
        }
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
            case .patch:
                throw UnsupportedWrite(write: write)
            }
        }
    }
}
