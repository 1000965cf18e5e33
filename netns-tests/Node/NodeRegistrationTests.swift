import Glibc
import JSON
import Netlink
import Testing

/// A node's program against a real control plane: the Node, its Lease, and what becomes of them.
@Suite(.serialized, .enabled(if: Privilege.isAvailable, Privilege.reason), .timeLimit(.minutes(5)))
struct NodeRegistrationTests {
    @Test func `a node registers itself, gets addresses for pods, and is ready with proxy and overlay`() async throws {
        let bed = try await NodeTestBed()
        try bed[0].launch(
            "--node-labels",
            "zone=a,example.com/disk=ssd",
            "--register-with-taints",
            "new=yes:NoSchedule"
        )
        try await bed.expectReady("node-1")
        let node = try JSONValue(json: Array(try await bed.kubectl("get", "node", "node-1", "-o", "json").utf8))
        #expect(node[path: "metadata", "labels", "zone"] == "a")
        #expect(node[path: "metadata", "labels", "kubernetes.io/hostname"] == "node-1")
        #expect(node[path: "spec", "podCIDR"] == "10.244.0.0/24")
        #expect(node[path: "spec", "taints"]?.array?.contains { $0["key"] == "new" } == true)
        let addresses = (node[path: "status", "addresses"]?.array ?? []).map { address in
            "\(address["type"]?.string ?? "") \(address["address"]?.string ?? "")"
        }
        #expect(addresses == ["InternalIP 10.0.2.2", "InternalIP fd00:2::2", "Hostname node-1"])
        #expect(node[path: "status", "daemonEndpoints", "kubeletEndpoint", "Port"] == 10_250)
        // The proxy serves the API server's own Service, and the overlay has its device.
        let rules = try await bed[0].host.run("nft", "list", "table", "ip", "trama")
        #expect(rules.contains("10.96.0.1 . tcp . 443"))
        #expect(try await bed[0].host.run("ip", "link", "show", "trama.vxlan").contains("trama.vxlan"))
        #expect(try bed[0].folder.read("cni/10-trama.conflist").contains("trama-cni"))
        try await bed.expect(
            "node-1 40 Node/node-1",
            from: "get",
            "lease",
            "-n",
            "kube-node-lease",
            "node-1",
            "-o",
            "jsonpath={.spec.holderIdentity} {.spec.leaseDurationSeconds} "
                + "{.metadata.ownerReferences[0].kind}/{.metadata.ownerReferences[0].name}"
        )
        #expect(try await bed[0].end(by: SIGTERM) == .exited(0))
    }

    @Test func `a Node that somebody deletes is registered anew, with its Lease`() async throws {
        let bed = try await NodeTestBed()
        try bed[0].launch()
        try await bed.expectReady("node-1")
        let uid = try await bed.kubectl("get", "node", "node-1", "-o", "jsonpath={.metadata.uid}")
        try await bed.kubectl("delete", "node", "node-1")
        let second = try await bed.expect(
            "another Node",
            from: "get",
            "node",
            "node-1",
            "-o",
            "jsonpath={.metadata.uid}"
        ) {
            !$0.isEmpty && $0 != uid
        }
        try await bed.expectReady("node-1")
        try await bed.expect(
            second,
            from: "get",
            "lease",
            "-n",
            "kube-node-lease",
            "node-1",
            "-o",
            "jsonpath={.metadata.ownerReferences[0].uid}"
        )
    }

    @Test func `killed and started again, it changes no route and no rule`() async throws {
        let bed = try await NodeTestBed(nodes: 2)
        for node in bed.nodes { try node.launch() }
        for node in bed.nodes { try await bed.expectReady(node.name) }
        func kernel() async throws -> String {
            var text = ""
            for command in [
                ["ip", "route"], ["ip", "link", "show", "trama.vxlan"], ["nft", "-a", "-s", "list", "ruleset"],
            ] {
                text += try await Program.run(command, in: bed[0].host.namespace.duplicate())
            }
            return text
        }
        // The route to the other node's pods.
        let prefix = try await bed.kubectl("get", "node", "node-2", "-o", "jsonpath={.spec.podCIDR}")
        try await eventually("the overlay to reach node-2") { () -> Bool in
            try await kernel().contains("\(prefix) via")
        }
        let before = try await kernel()
        try await bed[0].end(by: SIGKILL)
        #expect(try await kernel() == before)
        try bed[0].launch()
        try await bed[0].program.line(with: "\"ready\"")
        #expect(try await kernel() == before)
        #expect(try await bed[0].end(by: SIGTERM) == .exited(0))
        #expect(try await kernel() == before)
    }
}
