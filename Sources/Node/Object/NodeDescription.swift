import Addressing
import JSON
import KubernetesAPI

/// What a node says of itself in its Node: everything but how it is.
struct NodeDescription: Sendable, Equatable {
    /// The Node's name.
    var name: String
    /// What the host is called.
    var hostName: String
    /// The node's addresses, the first family first.
    var addresses: [IPAddress]
    /// The machine.
    var host: HostFacts
    /// How many pods may be here.
    var maxPods: Int
    /// The TCP port of the kubelet's API.
    var kubeletPort: UInt16
    /// Labels that were asked for.
    var labels: [String: String]
    /// Taints of a new Node.
    var taints: [NodeConfiguration.Taint]
    /// The version of this program.
    var version: String

    /// Which Kubernetes this kubelet goes with, as `kubectl get nodes` shows it.
    static let kubeletVersion = "v1.36.0+trama"

    /// All labels that the Node must have.
    var allLabels: [String: String] {
        var all = labels
        all["kubernetes.io/hostname"] = hostName
        for domain in ["kubernetes.io", "beta.kubernetes.io"] {
            all["\(domain)/os"] = "linux"
            all["\(domain)/arch"] = host.architecture
        }
        return all
    }

    /// A new Node.
    func object(_ health: NodeHealth, now: Timestamp) -> JSONValue {
        var metadata: JSONValue = ["name": .string(name)]
        for (key, value) in allLabels.sorted(by: { $0.key < $1.key }) { metadata[path: "labels", key] = .string(value) }
        var object: JSONValue = ["apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": [:]]
        if !taints.isEmpty {
            object[path: "spec", "taints"] = .array(
                taints.map { taint in
                    var value: JSONValue = ["key": .string(taint.key), "effect": .string(taint.effect)]
                    if !taint.value.isEmpty { value["value"] = .string(taint.value) }
                    return value
                }
            )
        }
        object["status"] = status(health, present: [], now: now)
        return object
    }

    /// The status of the Node.
    ///
    /// - Parameter present: The conditions that the Node has.
    func status(_ health: NodeHealth, present: [JSONValue], now: Timestamp) -> JSONValue {
        let resources: JSONValue = [
            "cpu": .string("\(host.processorCount)"),
            "ephemeral-storage": .string("\(host.storageBytes / 1024)Ki"),
            "memory": .string("\(host.memoryBytes / 1024)Ki"),
            "pods": .string("\(maxPods)"),
        ]
        var all = addresses.map { address -> JSONValue in
            ["type": "InternalIP", "address": .string("\(address)")]
        }
        all.append(["type": "Hostname", "address": .string(hostName)])
        return [
            "capacity": resources,
            "allocatable": resources,
            "conditions": .array(NodeConditions.make(health, present: present, now: now)),
            "addresses": .array(all),
            "daemonEndpoints": ["kubeletEndpoint": ["Port": .integer(kubeletPort)]],
            "nodeInfo": [
                "machineID": .string(host.machineID), "systemUUID": .string(host.systemUUID),
                "bootID": .string(host.bootID), "kernelVersion": .string(host.kernelVersion),
                "osImage": .string(host.osImage), "containerRuntimeVersion": .string("trama-lab://\(version)"),
                "kubeletVersion": .string(Self.kubeletVersion), "kubeProxyVersion": "",
                "operatingSystem": "linux", "architecture": .string(host.architecture),
            ],
        ]
    }
}
