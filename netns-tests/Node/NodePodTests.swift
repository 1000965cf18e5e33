import Glibc
import JSON
import Netlink
import Testing

/// Pods on nodes: the whole way from `kubectl apply` to an answer, and back.
@Suite(.serialized, .enabled(if: Privilege.isAvailable, Privilege.reason), .timeLimit(.minutes(5)))
struct NodePodTests {
    /// A Deployment of echo servers on port 8080, and a Service in front of it.
    private static func manifest(replicas: Int) -> String {
        """
        {"apiVersion":"v1","kind":"List","items":[
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"default"},"spec":{
        "replicas":\(replicas),"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},
        "spec":{"terminationGracePeriodSeconds":2,
        "topologySpreadConstraints":[{"maxSkew":1,"topologyKey":"kubernetes.io/hostname",
        "whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"web"}}}],
        "containers":[{"name":"echo","image":"trama.dev/echo","args":["8080"],
        "ports":[{"containerPort":8080}],
        "readinessProbe":{"tcpSocket":{"port":8080},"periodSeconds":1}}]}}}},
        {"apiVersion":"v1","kind":"Service","metadata":{"name":"web","namespace":"default"},"spec":{
        "clusterIP":"10.96.7.7","selector":{"app":"web"},"ports":[{"port":80,"targetPort":8080}]}}]}
        """
    }

    private static func start(nodes: Int) async throws -> NodeTestBed {
        let bed = try await NodeTestBed(nodes: nodes)
        for node in bed.nodes { try node.launch("--stop-pods") }
        for node in bed.nodes { try await bed.expectReady(node.name) }
        return bed
    }

    /// Ends nodes and their pods.
    private static func stop(_ bed: NodeTestBed) async throws {
        for node in bed.nodes {
            let ending = try await node.end(by: SIGTERM)
            #expect(ending == .exited(0), "\(node.text.suffix(3_000))")
        }
    }

    /// Who answers on the Service's address, asked from a node until that many have.
    private static func answers(_ count: Int, from node: NodeHost) async throws -> Set<String> {
        var seen: Set<String> = []
        try await eventually("answers of \(count) pods", within: .seconds(20)) { () -> Bool in
            let text = (try? await node.host.run("curl", "-s", "-m", "2", "http://10.96.7.7/")) ?? ""
            if let name = text.split(separator: " ").first(where: { $0.hasPrefix("hostname=") }) {
                seen.insert(String(name))
            }
            return seen.count >= count
        }
        return seen
    }

    private static let available = "jsonpath={.status.availableReplicas}"

    @Test func `pods of a Deployment run on both nodes, answer by their Service, and go`() async throws {
        let bed = try await Self.start(nodes: 2)
        try await bed.kubectl("apply", "-f", "-", input: Self.manifest(replicas: 4))
        try await bed.expect("4", from: "get", "deployment", "web", "-o", Self.available)
        for node in bed.nodes { #expect(try await Self.answers(4, from: node).count == 4) }
        let nodes = try await bed.kubectl("get", "pods", "-o", "jsonpath={.items[*].spec.nodeName}")
        #expect(Set(nodes.split(separator: " ")) == ["node-1", "node-2"])
        let started = try await bed.expect("events", from: "get", "events", "-o", "jsonpath={.items[*].reason}") {
            $0.contains("Started")
        }
        #expect(started.contains("Scheduled"))
        try await bed.kubectl("delete", "deployment", "web")
        try await bed.expect("", from: "get", "pods", "-o", "name")
        // Nothing is left that answers.
        try await bed.expect(
            "",
            from: "get",
            "endpointslices",
            "-l",
            "kubernetes.io/service-name=web",
            "-o",
            "jsonpath={.items[*].endpoints[*].addresses}"
        )
        try await Self.stop(bed)
    }

    @Test func `a node that is killed and started again takes its pods over`() async throws {
        let bed = try await Self.start(nodes: 1)
        try await bed.kubectl("apply", "-f", "-", input: Self.manifest(replicas: 2))
        try await bed.expect("2", from: "get", "deployment", "web", "-o", Self.available)
        let path =
            "jsonpath={range .items[*]}{.metadata.uid} {.status.podIP} {.status.containerStatuses[0].containerID} "
            + "{.status.containerStatuses[0].restartCount}\n{end}"
        let before = try await bed.kubectl("get", "pods", "-o", path)
        // Asked all the while, not one question goes without an answer.
        let enough = "\(bed.folder.path)/enough"
        let loop =
            "for i in $(seq 10000); do curl -s -m 5 -o /dev/null http://10.96.7.7/ || echo failed; "
            + "test -e \(enough) && break; sleep 0.02; done"
        async let failures = bed[0].host.run("sh", "-c", loop)
        try await bed[0].end(by: SIGKILL)
        #expect(try await Self.answers(2, from: bed[0]).count == 2)
        try bed[0].launch("--stop-pods")
        try await bed[0].program.line(with: "\"ready\"")
        try bed.folder.write("enough", "")
        #expect(try await failures == "")
        #expect(try await Self.answers(2, from: bed[0]).count == 2)
        #expect(try await bed.kubectl("get", "pods", "-o", path) == before)
        // And it still sees to them.
        try await bed.kubectl("scale", "deployment", "web", "--replicas=1")
        try await bed.expect("one pod", from: "get", "pods", "-o", "name") { $0.split(separator: "\n").count == 1 }
        try await Self.stop(bed)
    }

    @Test func `what happens while the API server is away is told when it is back`() async throws {
        let bed = try await Self.start(nodes: 1)
        try await bed.kubectl("apply", "-f", "-", input: Self.manifest(replicas: 2))
        let short = """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"short"},"spec":{"restartPolicy":"Never",
            "containers":[{"name":"main","image":"host","command":["sh","-c","until test -e \(bed.folder.path)/go; \
            do sleep 0.1; done"],"volumeMounts":[{"name":"go","mountPath":"\(bed.folder.path)"}]}],
            "volumes":[{"name":"go","hostPath":{"path":"\(bed.folder.path)"}}]}}
            """
        try await bed.kubectl("apply", "-f", "-", input: short)
        try await bed.expect("2", from: "get", "deployment", "web", "-o", Self.available)
        try await bed.expect("Running", from: "get", "pod", "short", "-o", "jsonpath={.status.phase}")
        try await bed.killControlPlane()
        try bed.folder.write("go", "")
        #expect(try await Self.answers(2, from: bed[0]).count == 2)
        try await bed[0].program.line(with: "cannot write a pod's status", "default/short")
        try await bed.restartControlPlane()
        try await bed.expect("Succeeded", from: "get", "pod", "short", "-o", "jsonpath={.status.phase}")
        try await bed.expectReady("node-1")
        try await Self.stop(bed)
    }

    @Test func `a pod gets ConfigMaps, Secrets and Services, and one that cannot be here says why`() async throws {
        let bed = try await Self.start(nodes: 1)
        try await bed.kubectl("create", "configmap", "settings", "--from-literal=COLOUR=blue")
        try await bed.kubectl("create", "secret", "generic", "hidden", "--from-literal=word=xyzzy")
        let pod = """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"once"},"spec":{"restartPolicy":"Never",
            "containers":[{"name":"main","image":"host","command":["sh","-c","\
            test $COLOUR = blue && test $WORD = xyzzy && test $KUBERNETES_SERVICE_HOST = 10.96.0.1 \
            && test $NODE = node-1 && test $(cat /etc/hidden/word) = xyzzy && cd /var/run/secrets/kubernetes.io/serviceaccount \
            && test $(cat namespace) = default && test -s token && grep -q CERTIFICATE ca.crt && echo done"],
            "envFrom":[{"configMapRef":{"name":"settings"}}],
            "env":[{"name":"WORD","valueFrom":{"secretKeyRef":{"name":"hidden","key":"word"}}},
            {"name":"NODE","valueFrom":{"fieldRef":{"fieldPath":"spec.nodeName"}}}],
            "volumeMounts":[{"name":"hidden","mountPath":"/etc/hidden"}]}],
            "volumes":[{"name":"hidden","secret":{"secretName":"hidden"}}]}}
            """
        try await bed.kubectl("apply", "-f", "-", input: pod)
        try await bed.expect("Succeeded", from: "get", "pod", "once", "-o", "jsonpath={.status.phase}")
        #expect(try await bed.kubectl("logs", "once") == "done\n")
        let stranger = """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"stranger"},"spec":{"nodeName":"node-1",
            "nodeSelector":{"disk":"none"},"containers":[{"name":"main","image":"trama.dev/pause"}]}}
            """
        try await bed.kubectl("apply", "-f", "-", input: stranger)
        try await bed.expect(
            "Failed NodeAffinity",
            from: "get",
            "pod",
            "stranger",
            "-o",
            "jsonpath={.status.phase} {.status.reason}"
        )
        try await bed.kubectl("delete", "pod", "stranger", "once", "--timeout=30s")
        try await Self.stop(bed)
    }
}
