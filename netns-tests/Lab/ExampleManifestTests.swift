import Glibc
import JSON
import LabNetwork
import Netlink
import Testing

/// The manifests in `examples`, on a cluster of three nodes with both families.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct ExampleManifestTests {
    @Test func `each manifest among the examples does what its first lines say`() async throws {
        try await LabTestBed.with { bed in
            let cluster = try await ExampleCluster(bed)
            try await nodePort(cluster)
            try await loadBalancer(cluster)
            try await sessionAffinity(cluster)
            try await externalPolicyLocal(cluster)
            try await dualStack(cluster)
            try await topology(cluster)
            try await udp(cluster)
            try await headless(cluster)
        }
    }

    private func nodePort(_ cluster: ExampleCluster) async throws {
        try await cluster.apply("nodeport.yaml", "deployment/nodeport")
        for address in cluster.nodes.values {
            let answer = try await cluster.outside("http://\(address):30081/hostname")
            #expect(answer.hasPrefix("nodeport-"), "\(answer)")
        }
    }

    private func loadBalancer(_ cluster: ExampleCluster) async throws {
        try await cluster.apply("load-balancer.yaml", "deployment/load-balancer")
        let ingress: JSONValue = ["loadBalancer": ["ingress": [["ip": "203.0.113.10"]]]]
        try await cluster.setStatus(ingress, of: "/api/v1/namespaces/default/services/load-balancer")
        let node = try #require(cluster.nodes["node-2"])
        try await cluster.bed.run(["ip", "route", "add", "203.0.113.10", "via", node])
        let answer = try await cluster.outside("http://203.0.113.10/hostname")
        #expect(answer.hasPrefix("load-balancer-"), "\(answer)")
    }

    private func sessionAffinity(_ cluster: ExampleCluster) async throws {
        try await cluster.apply("session-affinity.yaml", "deployment/session-affinity")
        let answers = try await cluster.inPod(
            "for i in $(seq 20); do curl -sSf -m 5 http://session-affinity/hostname; done"
        )
        #expect(Set(answers.split(separator: "\n")).count == 1, "\(answers)")
        #expect(answers.split(separator: "\n").count == 20, "\(answers)")
    }

    private func externalPolicyLocal(_ cluster: ExampleCluster) async throws {
        try await cluster.apply("external-policy-local.yaml", "deployment/external-policy-local")
        let path = "jsonpath={.items[0].spec.nodeName}"
        let node = try await cluster.bed.kubectl("get", "pods", "-l", "app=external-policy-local", "-o", path)
        for (name, address) in cluster.nodes {
            let url = "http://\(address):30082/clientip"
            if name == node {
                let client = try await cluster.outside(url)
                let own = try await cluster.bed.run(["ip", "-o", "-4", "route", "get", address])
                let source = own.split(separator: " ").drop { $0 != "src" }.dropFirst().first
                #expect(client.split(separator: ":").first == source, "\(client) \(own)")
            } else {
                // Nobody there: the packet is dropped.
                #expect(try await cluster.bed.result(["curl", "-sS", "-m", "1", url]).status == 28, "\(name)")
            }
        }
    }

    private func dualStack(_ cluster: ExampleCluster) async throws {
        try await cluster.apply("dual-stack.yaml", "deployment/dual-stack")
        for family in ["-4", "-6"] {
            let answer = try await cluster.inPod("curl \(family) -sSf -m 5 http://dual-stack/hostname")
            #expect(answer.hasPrefix("dual-stack-"), "\(family) \(answer)")
        }
    }

    private func topology(_ cluster: ExampleCluster) async throws {
        for (name, zone) in zip(["node-1", "node-2", "node-3"], ["a", "b", "c"]) {
            try await cluster.bed.kubectl("label", "node", name, "topology.kubernetes.io/zone=\(zone)")
        }
        try await cluster.apply("topology.yaml", "daemonset/topology")
        let node = try await cluster.bed.kubectl("get", "pod", "client", "-o", "jsonpath={.spec.nodeName}")
        let template = "{{range .items}}{{if eq .spec.nodeName \"\(node)\"}}{{.metadata.name}}{{end}}{{end}}"
        let close = try await cluster.bed.kubectl("get", "pods", "-l", "app=topology", "-o", "go-template=\(template)")
        let script = "for i in $(seq 15); do curl -sSf -m 5 http://topology/hostname; done | sort -u"
        try await eventually("connections to stay in their zone", within: .seconds(30)) {
            (try? await cluster.inPod(script)) == "\(close)\n"
        }
    }

    private func udp(_ cluster: ExampleCluster) async throws {
        try await cluster.apply("udp.yaml", "deployment/udp")
        for transport in ["UDP", "TCP"] {
            let answer = try await cluster.inPod("echo hello | socat -t 1 - \(transport):udp:7")
            #expect(answer.hasPrefix("hostname=udp-") && answer.hasSuffix("hello\n"), "\(transport): \(answer)")
        }
    }

    private func headless(_ cluster: ExampleCluster) async throws {
        try await cluster.apply("headless.yaml")
        try await cluster.bed.kubectl("wait", "--for=condition=Ready", "pod", "-l", "app=peers", "--timeout=60s")
        for number in 0...2 {
            let answer = try await cluster.inPod("curl -sSf -m 5 http://peer-\(number).peers:8080/hostname")
            #expect(answer == "peer-\(number)\n")
        }
        let addresses = try await cluster.inPod("getent ahosts peers | cut -d ' ' -f 1 | sort -u")
        #expect(addresses.split(separator: "\n").count == 3, "\(addresses)")
    }
}

/// A lab with a client among its pods.
private struct ExampleCluster {
    let bed: LabTestBed
    /// The nodes' IPv4 addresses by name.
    let nodes: [String: String]

    init(_ bed: LabTestBed) async throws {
        self.bed = bed
        try await bed.up("--underlay", "dual", "--nodes", "3")
        let client = """
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "client"},
             "spec": {"containers": [{"name": "client", "image": "trama.dev/pause"}]}}
            """
        try await bed.kubectl("apply", "-f", "-", input: client)
        try await bed.kubectl("wait", "--for=condition=Ready", "pod", "client", "--timeout=60s")
        var nodes: [String: String] = [:]
        for name in ["node-1", "node-2", "node-3"] {
            let path = "jsonpath={.status.addresses[?(@.type==\"InternalIP\")].address}"
            let addresses = try await bed.kubectl("get", "node", name, "-o", path)
            nodes[name] = addresses.split(separator: " ").first { $0.contains(".") }.map(String.init)
        }
        self.nodes = nodes
        #expect(nodes.count == 3)
    }

    /// Applies a file of `examples` and waits until what it made is there.
    func apply(_ file: String, _ workloads: String...) async throws {
        try await bed.kubectl("apply", "-f", Fixture.repository("examples/\(file)"))
        for workload in workloads { try await bed.kubectl("rollout", "status", workload, "--timeout=60s") }
    }

    /// What a server says to somebody outside the cluster, once it answers.
    func outside(_ url: String) async throws -> String {
        var last = ""
        try await eventually("\(url) to answer", within: .seconds(20)) {
            guard let result = try? await bed.result(["curl", "-sSf", "-m", "3", url]) else { return false }
            last = result.output
            return result.status == 0
        }
        return last
    }

    /// What a script prints in the client's pod, once it succeeds.
    func inPod(_ script: String) async throws -> String {
        var last: ProgramResult?
        do {
            try await eventually("\(script) to succeed", within: .seconds(20)) {
                last = try? await bed.lab("exec", "pod/default/client", "--", "sh", "-ec", script)
                return last?.status == 0
            }
        } catch is NeverHappened {
            throw NetlinkError(operation: "\(script): \(last.map { $0.output + $0.errors } ?? "")", errno: ETIMEDOUT)
        }
        return last?.output ?? ""
    }

    /// Says of an object what only others say: members of its status. As a whole object, since kubectl before 1.24
    /// patches no status.
    func setStatus(_ status: JSONValue, of path: String) async throws {
        try await eventually("the status of \(path) to be taken") {
            guard let text = try? await bed.kubectl("get", "--raw", path),
                var object = try? JSONValue(json: Array(text.utf8))
            else { return false }
            for member in status.object?.members ?? [] { object[path: "status", member.name] = member.value }
            let input = String(decoding: object.json, as: UTF8.self)
            return (try? await bed.kubectl("replace", "--raw", "\(path)/status", "-f", "-", input: input)) != nil
        }
    }
}
