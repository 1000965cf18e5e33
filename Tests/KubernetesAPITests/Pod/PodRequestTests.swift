import JSON
import KubernetesAPI
import Testing

@Suite("What a pod asks of its node")
struct PodRequestTests {
    private func pod(_ spec: JSONValue) throws -> Pod {
        try Pod(json: (["metadata": ["name": "p", "namespace": "d"], "spec": spec] as JSONValue).json)
    }

    private func container(_ cpu: String, _ memory: String, restarts: String? = nil) -> JSONValue {
        var value: JSONValue = ["resources": ["requests": ["cpu": .string(cpu), "memory": .string(memory)]]]
        value["restartPolicy"] = restarts.map { .string($0) }
        return value
    }

    @Test("Containers count together, init containers one by one, sidecars from then on, and the overhead")
    func requests() throws {
        let pod = try pod([
            "containers": [container("100m", "10Mi"), container("200m", "20Mi")],
            "initContainers": [container("50m", "5Mi", restarts: "Always"), container("900m", "1Mi")],
            "overhead": ["cpu": "10m", "memory": "1Mi"],
        ])
        // The second init container runs beside the sidecar: 50m and 900m.
        #expect(pod.requestedCPU == 960)
        #expect(pod.requestedMemory == 36 << 20)
        #expect(pod.requestedOther == [:])
    }

    @Test("Ports of the node are those that are named, or with the node's network all")
    func hostPorts() throws {
        let ports: JSONValue = [
            "ports": [["containerPort": 80], ["containerPort": 53, "hostPort": 53, "protocol": "UDP"]]
        ]
        #expect(try pod(["containers": [ports]]).hostPorts == [.init(protocol: "UDP", port: 53)])
        #expect(
            try pod(["containers": [ports], "hostNetwork": true]).hostPorts
                == [.init(port: 80), .init(protocol: "UDP", port: 53)]
        )
        let all = Pod.HostPort(address: "0.0.0.0", port: 80)
        #expect(all.conflicts(with: Pod.HostPort(address: "10.0.0.1", port: 80)))
        #expect(
            !Pod.HostPort(address: "10.0.0.2", port: 80).conflicts(with: Pod.HostPort(address: "10.0.0.1", port: 80))
        )
    }
}
