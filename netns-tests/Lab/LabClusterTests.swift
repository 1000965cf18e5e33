import Glibc
import LabNetwork
import Netlink
import Testing

/// Whole clusters: nodes, pods, Services, names, with the user's kubectl.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason), .serialized)
struct LabClusterTests {
    private static let manifest = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          replicas: 2
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              terminationGracePeriodSeconds: 1
              containers:
                - name: web
                  image: trama.dev/echo
                  args: ["8080"]
                  readinessProbe: {httpGet: {port: 8080, path: /}, periodSeconds: 1}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec:
          type: NodePort
          ipFamilyPolicy: PreferDualStack
          selector: {app: web}
          ports: [{port: 80, targetPort: 8080, nodePort: 30080}]
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: client}
        spec:
          terminationGracePeriodSeconds: 1
          containers: [{name: client, image: host, command: [sleep, "1000"]}]
        """

    private func apply(_ bed: LabTestBed) async throws {
        try await bed.kubectl("apply", "-f", "-", input: Self.manifest)
        try await bed.kubectl("rollout", "status", "deployment/web", "--timeout", "60s")
        try await bed.kubectl("wait", "--for=condition=Ready", "pod/client", "--timeout", "60s")
    }

    @Test(
        .timeLimit(.minutes(3)),
        arguments: [
            [],
            [
                "--underlay", "dual", "--routed", "--mtu", "1400", "--cluster-cidr", "10.50.0.0/16,fd50::/48",
                "--service-cidr", "10.60.0.0/20,fd60::/112", "--timeout", "100",
            ],
            ["--underlay", "v6"],
            ["--store", "etcd", "--loss", "2%"],
        ]
    )
    func `a Service answers outside, on a node and in a pod, by address and by name`(options: [String]) async throws {
        try await LabTestBed.with { bed in
            let before = try await bed.inventory()
            try await bed.run([bed.trama, "lab", "up", "--name", bed.name, "--nodes", "2"] + options)
            #expect(try await bed.lab("status").status == 0)
            try await apply(bed)
            let curl = [
                "curl", "-g", "-sS", "--retry", "20", "--retry-all-errors", "--max-time", "30", "--connect-timeout",
                "2",
            ]
            let nodes = try await bed.kubectl(
                "get",
                "nodes",
                "-o",
                #"jsonpath={.items[*].status.addresses[?(@.type=="InternalIP")].address}"#
            )
            for address in nodes.split(separator: " ") {
                let host = address.contains(":") ? "[\(address)]" : "\(address)"
                #expect(try await bed.run(curl + ["http://\(host):30080/"]).contains("hostname=web-"))
            }
            let addresses = try await bed.kubectl("get", "service", "web", "-o", "jsonpath={.spec.clusterIPs[*]}")
            if options.contains("--cluster-cidr") {
                let pod = try await bed.kubectl("get", "pod", "client", "-o", "jsonpath={.status.podIPs[*].ip}")
                let starts = zip((pod + " " + addresses).split(separator: " "), ["10.50.", "fd50:", "10.60.", "fd60:"])
                #expect(starts.allSatisfy { $0.hasPrefix($1) }, "\(pod), \(addresses)")
            }
            var names = ["web", "web.default.svc.cluster.local"]
            names += addresses.split(separator: " ").map { $0.contains(":") ? "[\($0)]" : "\($0)" }
            for name in names {
                let inPod = try await bed.run(
                    [bed.trama, "lab", "exec", "--name", bed.name, "pod/default/client", "--"] + curl + [
                        "http://\(name)/"
                    ]
                )
                #expect(inPod.contains("hostname=web-"), "\(name)")
            }
            for name in names.dropFirst(2) {
                let onNode = try await bed.run(
                    [bed.trama, "lab", "exec", "--name", bed.name, "node-1", "--"] + curl + ["http://\(name)/"]
                )
                #expect(onNode.contains("hostname=web-"), "\(name)")
            }
            #expect(try await bed.lab("down").status == 0)
            try await bed.expectUnchanged(since: before)
        }
    }

    @Test(.timeLimit(.minutes(2))) func `a parted node is not ready until it is healed`() async throws {
        try await LabTestBed.with { bed in
            try await bed.up("--nodes", "2", "--node-monitor-grace-period", "4")
            #expect(try await bed.lab("partition", "node-1", "--from", "rest").status == 0)
            try await bed.kubectl("wait", "--for=condition=Ready=Unknown", "node/node-1", "--timeout", "60s")
            let status = try await bed.lab("status")
            #expect(status.status == 1 && status.output.contains("NotReady"), "\(status.output)")
            #expect(try await bed.lab("heal").status == 0)
            try await bed.kubectl("wait", "--for=condition=Ready", "node/node-1", "--timeout", "60s")
        }
    }

    @Test(.timeLimit(.minutes(2))) func `a node is added, runs pods, and is taken away with them`() async throws {
        try await LabTestBed.with { bed in
            try await bed.up("--nodes", "1")
            try await apply(bed)
            let before = try await bed.inventory()
            #expect(try await bed.lab("add-node").output == "node-2\n")
            try await bed.kubectl("cordon", "node-1")
            try await bed.kubectl("scale", "deployment/web", "--replicas", "4")
            try await bed.kubectl("rollout", "status", "deployment/web", "--timeout", "60s")
            let on = ["get", "pods", "-o", "name", "--field-selector", "spec.nodeName=node-2"]
            #expect(
                try await bed.run(["kubectl", "--kubeconfig", bed.kubeconfig] + on).split(separator: "\n").count == 2
            )
            #expect(try await bed.lab("rm-node", "node-2").status == 0)
            #expect(try await bed.kubectl("get", "nodes", "-o", "name") == "node/node-1\n")
            try await bed.expectFewer(since: before)
            let nobody = try await bed.lab("rm-node", "node-2")
            #expect(nobody.status == 1 && nobody.errors.contains("node-1"), "\(nobody.errors)")
        }
    }

    @Test(.timeLimit(.minutes(2))) func `down finds the pods of nodes that were killed`() async throws {
        try await LabTestBed.with { bed in
            let before = try await bed.inventory()
            try await bed.up("--nodes", "2")
            try await apply(bed)
            let state = try await bed.lab("status", "--json").output
            #expect(state.contains(#""isHealthy":true"#))
            for process in bed.processes() { process.signal(SIGKILL) }
            #expect(try await bed.lab("status").status == 1)
            #expect(try await bed.lab("down").status == 0)
            try await bed.expectUnchanged(since: before)
        }
    }
}
