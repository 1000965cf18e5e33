import Glibc
import JSON
import Netlink
import Testing

/// The program as a whole: an API server with its store and controllers, kubectl, and the proxy against it.
@Suite(.serialized, .enabled(if: Privilege.isAvailable, Privilege.reason), .timeLimit(.minutes(5)))
struct ControlPlaneClusterTests {
    private static let node = """
        {"apiVersion":"v1","kind":"Node","metadata":{"name":"node-1"}}
        """
    private static let lease = """
        {"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"node-1","namespace":"kube-node-lease"},\
        "spec":{"holderIdentity":"node-1","leaseDurationSeconds":40,"renewTime":"2026-01-01T00:00:00.000000Z"}}
        """

    /// Says of a node what a kubelet says of one that works.
    private static func register(_ cluster: ControlPlaneBed) async throws {
        try await cluster.kubectl("create", "-f", "-", input: node)
        try await cluster.kubectl("create", "-f", "-", input: lease)
        let resources: JSONValue = ["cpu": "4", "memory": "8Gi", "pods": "110"]
        try await cluster.report(
            [
                "conditions": [
                    ["type": "Ready", "status": "True", "reason": "KubeletReady", "message": "works"]
                ],
                "allocatable": resources,
                "capacity": resources,
            ],
            of: "/api/v1/nodes/node-1"
        )
    }

    /// Says of a pod what a kubelet says of one that works.
    private static func run(_ pod: String, at address: String, _ cluster: ControlPlaneBed) async throws {
        try await cluster.report(
            [
                "phase": "Running", "podIP": .string(address), "podIPs": [["ip": .string(address)]],
                "conditions": [
                    ["type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"]
                ],
            ],
            of: "/api/v1/namespaces/default/pods/\(pod)"
        )
    }

    @Test(
        "a Deployment's pods are bound, are endpoints of a Service, and the proxy leads connections to them",
        arguments: ControlPlaneBed.Store.available
    )
    func service(store: ControlPlaneBed.Store) async throws {
        let cluster = try await ControlPlaneBed(over: store)
        try await Self.register(cluster)
        try await cluster.expect("10.244.0.0/24", from: "get", "node", "node-1", "-o", "jsonpath={.spec.podCIDR}")
        try await cluster.kubectl("create", "deployment", "web", "--image=host", "--replicas=2")
        try await cluster.kubectl("create", "service", "clusterip", "web", "--tcp=80:8080", "--clusterip=10.96.7.7")
        try await cluster.expect(
            "node-1 node-1",
            from: "get",
            "pods",
            "-o",
            "jsonpath={.items[*].spec.nodeName}"
        )
        let pods = try await cluster.kubectl("get", "pods", "-o", "jsonpath={.items[*].metadata.name}").split(
            separator: " "
        )
        for (pod, address) in zip(pods, [ProxyTestBed.one, ProxyTestBed.two]) {
            try await Self.run(String(pod), at: address, cluster)
        }
        try await cluster.expect(
            "2",
            from: "get",
            "deployment",
            "web",
            "-o",
            "jsonpath={.status.availableReplicas}"
        )
        let proxy = try cluster.bed.launch(exactly: [
            "proxy", "--kubeconfig", cluster.kubeconfig("kube-proxy.conf"), "--hostname-override", "node-1",
        ])
        try await proxy.served()
        try await cluster.bed.expect(["one", "two"], at: "10.96.7.7")

        // One pod goes: another one is made in its place, and until it runs only the other one answers.
        try await cluster.kubectl("delete", "pod", String(pods[0]), "--grace-period=0", "--force")
        try await cluster.bed.expect(["two"], at: "10.96.7.7")
        try await cluster.kubectl("delete", "service", "web")
        try await cluster.expect(
            "",
            from: "get",
            "endpointslices",
            "-l",
            "kubernetes.io/service-name=web",
            "-o",
            "name"
        )
    }

    @Test(
        "after kill -9 what was acknowledged is there, and controllers go on",
        arguments: ControlPlaneBed.Store.available
    )
    func restart(store: ControlPlaneBed.Store) async throws {
        let first = try await ControlPlaneBed(over: store)
        try await Self.register(first)
        try await first.kubectl("create", "deployment", "web", "--image=host", "--replicas=1")
        try await first.expect("1", from: "get", "deployment", "web", "-o", "jsonpath={.status.replicas}")
        let uid = try await first.kubectl("get", "deployment", "web", "-o", "jsonpath={.metadata.uid}")
        first.program.signal(SIGKILL)
        _ = try await first.program.end()
        let second = try await ControlPlaneBed(again: first)
        #expect(try await second.kubectl("get", "deployment", "web", "-o", "jsonpath={.metadata.uid}") == uid)
        try await second.kubectl("scale", "deployment", "web", "--replicas=3")
        // The Lease of the one that was killed has to run out first.
        try await second.expect(
            "3",
            from: "get",
            "deployment",
            "web",
            "-o",
            "jsonpath={.status.replicas}",
            within: .seconds(60)
        )
    }

    /// kubectl follows the Deployment by client-go's reflector, which upstream's kube-proxy and controllers have, too.
    @Test("a stock client that watches goes on after kill -9")
    func stockWatcher() async throws {
        let first = try await ControlPlaneBed()
        // Nothing runs its pod, so that it is not rolled out before it shall have none.
        try await first.kubectl("create", "deployment", "web", "--image=host", "--replicas=1")
        try await first.expect("1", from: "get", "deployment", "web", "-o", "jsonpath={.status.replicas}")
        let command = ["kubectl", "rollout", "status", "deployment/web", "--timeout=240s"]
        let watcher = try ChildProcess(
            command + ["--kubeconfig", first.kubeconfig(), "--cache-dir", first.folder.path("cache")],
            in: first.bed.node.namespace
        )
        try await eventually("kubectl to wait", within: .seconds(60)) {
            watcher.text.contains("Waiting for deployment")
        }
        first.program.signal(SIGKILL)
        _ = try await first.program.end()
        let second = try await ControlPlaneBed(again: first)
        try await second.kubectl("scale", "deployment", "web", "--replicas=0")
        // It has been refused connections, and waits the longer for it.
        #expect(try await watcher.end(within: .seconds(180)) == .exited(0), "\(watcher.text)")
        #expect(watcher.text.contains("successfully rolled out"))
    }

    @Test(
        "a namespace goes with what is in it, and an owner with what it owns",
        arguments: ControlPlaneBed.Store.available
    )
    func deletion(store: ControlPlaneBed.Store) async throws {
        let cluster = try await ControlPlaneBed(over: store)
        try await cluster.kubectl("create", "namespace", "team")
        try await cluster.expect(
            "default",
            from: "get",
            "serviceaccount",
            "default",
            "-n",
            "team",
            "-o",
            "jsonpath={.metadata.name}"
        )
        try await cluster.kubectl("create", "deployment", "web", "-n", "team", "--image=host", "--replicas=2")
        try await cluster.expect(
            "2",
            from: "get",
            "deployment",
            "web",
            "-n",
            "team",
            "-o",
            "jsonpath={.status.replicas}"
        )
        try await cluster.kubectl("delete", "deployment", "web", "-n", "team")
        try await cluster.expect("", from: "get", "replicasets,pods", "-n", "team", "-o", "name")
        try await cluster.kubectl("create", "configmap", "settings", "-n", "team", "--from-literal=a=b")
        try await cluster.kubectl("delete", "namespace", "team", "--timeout=60s")
        try await cluster.expect("", from: "get", "namespace", "team", "--ignore-not-found", "-o", "name")
    }

    @Test(
        "who has a kubeconfig for a node may do what a node may, and nothing else",
        arguments: ControlPlaneBed.Store.available
    )
    func node(store: ControlPlaneBed.Store) async throws {
        let cluster = try await ControlPlaneBed(over: store)
        try await Self.register(cluster)
        let text = try await TramaProgram.run(
            "control-plane",
            "kubeconfig",
            "--folder",
            "\(cluster.folder.path)/cp",
            "--advertise-address",
            "10.0.1.1",
            "--user",
            "system:node:node-1",
            "--group",
            "system:nodes",
            on: cluster.bed.node
        ).text
        let path = cluster.folder.path("node.conf")
        try cluster.folder.write("node.conf", text)
        func mayNode(_ arguments: String...) async throws -> Bool {
            let command = ["kubectl", "--kubeconfig", path, "auth", "can-i"] + arguments
            let answer = try? await Program.run(command, in: cluster.bed.node.namespace.duplicate())
            // A warning may stand before it.
            return answer?.split(separator: "\n").last == "yes"
        }
        #expect(try await mayNode("patch", "nodes/node-1", "--subresource=status"))
        #expect(try await !mayNode("patch", "nodes/node-2", "--subresource=status"))
        #expect(try await mayNode("list", "services"))
        #expect(try await !mayNode("list", "secrets"))
        #expect(try await !mayNode("create", "deployments"))
    }
}
