public import JSON

/// Which Secrets, ConfigMaps and service accounts the pods of each node need.
///
/// Source: `k8s.io/kubernetes/plugin/pkg/auth/authorizer/node/graph.go`.
public struct NodeGraph: Sendable {
    /// Something that a pod needs, in the pod's namespace.
    public enum Need: Sendable, Hashable {
        /// A Secret.
        case secret(namespace: String, name: String)
        /// A ConfigMap.
        case configMap(namespace: String, name: String)
        /// The account that the pod acts for.
        case serviceAccount(namespace: String, name: String)
    }

    private struct PodKey: Hashable {
        var namespace: String
        var name: String
    }

    private struct Pod {
        var node: String
        var needs: Set<Need>
    }

    private var pods: [PodKey: Pod] = [:]
    /// How many pods of a node need something.
    private var counts: [String: [Need: Int]] = [:]

    /// A graph without pods.
    public init() {}

    /// Takes a pod in, in place of the one of its name. One without a node needs nothing yet.
    public mutating func put(pod: JSONValue) {
        guard let namespace = pod[path: "metadata", "namespace"]?.string,
            let name = pod[path: "metadata", "name"]?.string
        else { return }
        remove(namespace: namespace, name: name)
        guard let node = pod[path: "spec", "nodeName"]?.string, !node.isEmpty else { return }
        let needs = Self.needs(of: pod, namespace: namespace)
        pods[PodKey(namespace: namespace, name: name)] = Pod(node: node, needs: needs)
        for need in needs { counts[node, default: [:]][need, default: 0] += 1 }
    }

    /// Forgets a pod.
    public mutating func remove(namespace: String, name: String) {
        guard let pod = pods.removeValue(forKey: PodKey(namespace: namespace, name: name)) else { return }
        for need in pod.needs {
            let left = (counts[pod.node]?[need] ?? 1) - 1
            counts[pod.node]?[need] = left > 0 ? left : nil
        }
        if counts[pod.node]?.isEmpty == true { counts[pod.node] = nil }
    }

    /// Whether a pod of the node needs it.
    public func node(_ node: String, needs need: Need) -> Bool {
        counts[node]?[need] != nil
    }

    /// The node that a pod is bound to; nil where there is no such pod or it is bound to none.
    public func node(ofPod name: String, namespace: String) -> String? {
        pods[PodKey(namespace: namespace, name: name)]?.node
    }

    private static func needs(of pod: JSONValue, namespace: String) -> Set<Need> {
        var needs: Set<Need> = []
        func secret(_ name: String?) {
            if let name, !name.isEmpty { needs.insert(.secret(namespace: namespace, name: name)) }
        }
        func configMap(_ name: String?) {
            if let name, !name.isEmpty { needs.insert(.configMap(namespace: namespace, name: name)) }
        }
        let spec = pod["spec"]
        let account = spec?["serviceAccountName"]?.string ?? "default"
        needs.insert(.serviceAccount(namespace: namespace, name: account.isEmpty ? "default" : account))
        for reference in spec?["imagePullSecrets"]?.array ?? [] { secret(reference["name"]?.string) }
        for volume in spec?["volumes"]?.array ?? [] {
            secret(volume[path: "secret", "secretName"]?.string)
            configMap(volume[path: "configMap", "name"]?.string)
            for source in volume[path: "projected", "sources"]?.array ?? [] {
                secret(source[path: "secret", "name"]?.string)
                configMap(source[path: "configMap", "name"]?.string)
            }
        }
        for list in ["containers", "initContainers", "ephemeralContainers"] {
            for container in spec?[list]?.array ?? [] {
                for source in container["envFrom"]?.array ?? [] {
                    secret(source[path: "secretRef", "name"]?.string)
                    configMap(source[path: "configMapRef", "name"]?.string)
                }
                for variable in container["env"]?.array ?? [] {
                    secret(variable[path: "valueFrom", "secretKeyRef", "name"]?.string)
                    configMap(variable[path: "valueFrom", "configMapKeyRef", "name"]?.string)
                }
            }
        }
        return needs
    }
}
