import Addressing
import JSON
import KubernetesAPI
@testable import Node

/// What tests take for a node.
enum TestNodes {
    static let now = Timestamp(seconds: 1_800_000_000)

    static var host: HostFacts {
        var host = HostFacts()
        host.processorCount = 4
        host.memoryBytes = 8 << 30
        host.storageBytes = 100 << 30
        host.architecture = "amd64"
        host.kernelVersion = "6.12.0"
        host.osImage = "Debian GNU/Linux 13"
        host.machineID = "m"
        host.systemUUID = "s"
        host.bootID = "b"
        return host
    }

    static var facts: NodeDescription {
        NodeDescription(
            name: "node-1",
            hostName: "node-1",
            addresses: ["10.0.1.2", "fd00:1::2"].compactMap { IPAddress($0) },
            host: host,
            maxPods: 110,
            kubeletPort: 10_250,
            labels: ["zone": "a"],
            taints: [.init(key: "dedicated", value: "lab", effect: "NoSchedule")],
            version: "0.1.0"
        )
    }

    static var healthy: NodeHealth {
        var health = NodeHealth()
        health.networkProblem = nil
        health.proxyProblem = nil
        return health
    }

    static func pod(
        _ name: String,
        uid: String? = nil,
        spec: JSONValue = ["containers": [["name": "main"]]],
        status: JSONValue = ["phase": "Pending"]
    ) -> JSONValue {
        [
            "apiVersion": "v1", "kind": "Pod",
            "metadata": [
                "name": .string(name), "namespace": "default", "uid": .string(uid ?? "uid-\(name)"),
                "creationTimestamp": "2026-01-01T00:00:00Z",
            ],
            "spec": spec, "status": status,
        ]
    }
}
