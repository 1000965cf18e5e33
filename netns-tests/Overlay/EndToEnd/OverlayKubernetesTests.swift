import Glibc
import JSON
import Netlink
import Synchronization
import Testing

/// Members from the Nodes of an API server.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayKubernetesTests {
    private static let path = "/api/v1/nodes"

    /// Nodes with podCIDRs, whose annotations are patched.
    private final class Nodes: Sendable {
        struct Node {
            var podCIDRs: [String]
            /// As it is in JSON, with its quotes.
            var annotation: String?
            var version = 1
        }

        private let nodes = Mutex<[String: Node]>([:])

        init(_ nodes: [String: [String]]) {
            let made = nodes.mapValues { Node(podCIDRs: $0) }
            self.nodes.withLock { $0 = made }
        }

        subscript(_ name: String) -> Node? { nodes.withLock { $0[name] } }

        var list: String { nodes.withLock { Self.list($0) } }

        private static func list(_ nodes: [String: Node]) -> String {
            let items = nodes.sorted { $0.key < $1.key }.map { object($0.key, $0.value) }
            let version = 200 + (nodes.values.map(\.version).max() ?? 0)
            return #"{"kind":"NodeList","apiVersion":"v1","metadata":{"resourceVersion":"\#(version)"},"items":["#
                + items.joined(separator: ",") + "]}"
        }

        private static func object(_ name: String, _ node: Node) -> String {
            let annotations = node.annotation.map { #","annotations":{"overlay.trama.dev/peer":\#($0)}"# } ?? ""
            let prefixes = node.podCIDRs.map { "\"\($0)\"" }.joined(separator: ",")
            return #"""
                {"kind":"Node","apiVersion":"v1","metadata":{"name":"\#(name)","uid":"\#(name)","resourceVersion":\#
                "\#(200 + node.version)"\#(annotations)},"spec":{"podCIDRs":[\#(prefixes)]}}
                """#
        }

        /// Serves them.
        func serve(by server: ScriptedAPIServer) {
            server.set(OverlayKubernetesTests.path, list)
            server.onPatch { request in
                guard let name = request.path.split(separator: "/").last.map(String.init),
                    let value = Self.annotation(in: request.body)
                else { return nil }
                return self.nodes.withLock { nodes in
                    guard nodes[name] != nil else { return nil }
                    nodes[name]?.annotation = value
                    let version = nodes.values.map(\.version).max() ?? 0
                    nodes[name]?.version = version + 1
                    guard let node = nodes[name] else { return nil }
                    let event = #"{"type":"MODIFIED","object":\#(Self.object(name, node))}"#
                    return .init(
                        lists: [OverlayKubernetesTests.path: Self.list(nodes)],
                        events: [(event, OverlayKubernetesTests.path, 200 + node.version)]
                    )
                }
            }
        }

        /// A Node goes, as the administrator has it.
        func remove(_ name: String, from server: ScriptedAPIServer) async throws {
            let object = nodes.withLock { nodes -> String? in
                let version = (nodes.values.map(\.version).max() ?? 0) + 1
                guard var node = nodes.removeValue(forKey: name) else { return nil }
                node.version = version
                return Self.object(name, node)
            }
            server.set(OverlayKubernetesTests.path, list)
            if let object {
                try await server.send(#"{"type":"DELETED","object":\#(object)}"#, to: OverlayKubernetesTests.path)
            }
        }

        /// A Node comes, without an annotation.
        func add(_ name: String, _ podCIDRs: [String], to server: ScriptedAPIServer) async throws {
            let object = nodes.withLock { nodes in
                let node = Node(podCIDRs: podCIDRs, version: (nodes.values.map(\.version).max() ?? 0) + 10)
                nodes[name] = node
                return Self.object(name, node)
            }
            server.set(OverlayKubernetesTests.path, list)
            try await server.send(#"{"type":"ADDED","object":\#(object)}"#, to: OverlayKubernetesTests.path)
        }

        /// The annotation of a merge patch.
        private static func annotation(in body: String) -> String? {
            guard let range = body.firstRange(of: #""overlay.trama.dev/peer":"#) else { return nil }
            var text = ""
            var isEscaped = false
            for character in body[range.upperBound...] {
                text.append(character)
                if isEscaped {
                    isEscaped = false
                } else if character == "\\" {
                    isEscaped = true
                } else if character == "\"", text.count > 1 {
                    return text
                }
            }
            return nil
        }
    }

    /// Two hosts that are Nodes, the API server on the router.
    private struct Bed {
        let bed: OverlayTestBed
        let nodes: Nodes
        var server: ScriptedAPIServer?

        init(hosts: Int = 2, prefixes: [String: [String]]) async throws {
            bed = try await OverlayTestBed(hosts: hosts)
            nodes = Nodes(prefixes)
            let server = try ScriptedAPIServer(on: bed.lab.router)
            self.server = server
            nodes.serve(by: server)
            for host in bed.hosts { try writeKubeconfig(host, port: server.port) }
        }

        func writeKubeconfig(_ host: OverlayHost, port: UInt16) throws {
            try host.state.write(
                "kubeconfig",
                """
                apiVersion: v1
                kind: Config
                clusters: [{name: c, cluster: {server: "http://10.0.\(host.number).1:\(port)"}}]
                users: [{name: u, user: {token: secret-1}}]
                contexts: [{name: x, context: {cluster: c, user: u}}]
                current-context: x
                """
            )
        }

        func launch(_ host: OverlayHost, _ arguments: String...) throws {
            try host.launch(
                [
                    "--membership-provider", "kubernetes", "--kubeconfig", host.state.path("kubeconfig"), "--node-name",
                    "node-\(host.number)", "--range", "10.244.0.0/16", "--range", "fd44::/48",
                ] + arguments
            )
        }
    }

    private static let prefixes = [
        "node-1": ["10.244.1.0/24", "fd44:0:0:1::/64"], "node-2": ["10.244.2.0/24", "fd44:0:0:2::/64"],
    ]

    @Test func `Nodes are the members, and everything goes on without the API server`() async throws {
        var cluster = try await Bed(prefixes: Self.prefixes)
        let bed = cluster.bed
        for host in bed.hosts { try cluster.launch(host) }
        for host in bed.hosts { try await host.waitUntilReady() }
        for name in ["node-1", "node-2"] {
            try await eventually("the annotation of \(name)") { cluster.nodes[name]?.annotation != nil }
        }
        let annotation = try #require(cluster.nodes["node-1"]?.annotation)
        for part in [try bed[0].identity(), "10.0.1.2", "vtepMAC", "wireGuardKey", "vxlanPort"] {
            #expect(annotation.contains(part), "\(annotation)")
        }
        let pods = try await bed.pods()
        #expect(pods[0].addresses[0].hasPrefix("10.244.1.") && pods[1].addresses[1].hasPrefix("fd44:0:0:2:"))
        for isIPv6 in [false, true] { try await pods[0].waitUntilReaching(pods[1].address(isIPv6: isIPv6)) }
        #expect(try await bed[0].status().contains("members from kubernetes"))
        #expect(try await bed[0].status("peers").contains("(node-2)"))
        // Said once, and not over and over.
        let patches = cluster.server?.requests.filter { $0.line.hasPrefix("PATCH") }.count ?? 0
        #expect(patches <= 4, "\(patches)")
        #expect(try await bed[0].refusal("overlay", "connect", "10.0.2.2").contains("members come from the Nodes"))
        let network = try await bed[0].refusal("network", "create", "blue", "--cidr", "10.50.0.0/24")
        #expect(network.contains("need the mesh"), "\(network)")

        // The API server ends: all goes on, also after restarts, also for pods that come.
        cluster.server = nil
        try await bed[0].daemon.line(with: "cannot follow Nodes")
        #expect(try await pods[0].reaches(pods[1].address(), patience: "5"))
        try await bed[0].end(by: SIGKILL)
        try cluster.launch(bed[0])
        try await bed[0].daemon.line(with: "members of the last run")
        try await bed[0].waitUntilReady()
        let late = try await bed[0].pod()
        try await late.waitUntilReaching(pods[1].address())
        try await pods[1].waitUntilReaching(late.address(isIPv6: true))
        #expect(try await bed[0].summary("Repairs") == "none")
    }

    @Test func `a Node that goes takes its routes along, and one that comes back is reached again`() async throws {
        let cluster = try await Bed(prefixes: Self.prefixes)
        let bed = cluster.bed
        for host in bed.hosts { try cluster.launch(host) }
        let pods = try await {
            for host in bed.hosts { try await host.waitUntilReady() }; return try await bed.pods()
        }()
        try await pods[0].waitUntilReaching(pods[1].address())
        let server = try #require(cluster.server)
        try await cluster.nodes.remove("node-2", from: server)
        try await eventually("the route to be gone") {
            try await !bed[0].host.run("ip", "route").contains("10.244.2.0/24")
        }
        // Its own daemon says what is missing, and goes on with what it has.
        try await bed[1].waitForStatus("summary", has: "there is no Node node-2")
        try await bed[0].waitForStatus("summary", has: "Peers: 1")
        #expect(try await bed[1].http("/healthz").status == 503)

        // It is made anew, and keeps its annotation only as far as its daemon writes it again.
        try await cluster.nodes.add("node-2", Self.prefixes["node-2"] ?? [], to: server)
        try await pods[0].waitUntilReaching(pods[1].address())
        try await bed[1].waitForStatus("summary", has: "Status: ready")
    }

    @Test func `a Node without podCIDRs, or with ones out of the range, says so`() async throws {
        let cluster = try await Bed(prefixes: ["node-1": [], "node-2": ["10.99.2.0/24"]])
        let bed = cluster.bed
        for host in bed.hosts { try cluster.launch(host) }
        try await bed[0].waitForStatus("summary", has: "Status: Node node-1 has no podCIDRs yet")
        try await bed[1].waitForStatus("summary", has: "10.99.2.0/24", "not in --range")
        let namespace = try await NamedNamespace()
        #expect(try await bed[0].refusal("attach", namespace.name).contains("no range"))
    }

    @Test func `a host with a copy of another's state takes a new identity`() async throws {
        let cluster = try await Bed(prefixes: Self.prefixes)
        let bed = cluster.bed
        try cluster.launch(bed[0])
        try await bed[0].waitUntilReady()
        try await eventually("the annotation") { cluster.nodes["node-1"]?.annotation != nil }
        let identity = try bed[0].identity()
        try await bed[1].host.run("cp", "-a", bed[0].stateFolder, bed[1].stateFolder)
        try await bed[1].host.run("rm", "-f", "\(bed[1].stateFolder)/daemon.lock", "\(bed[1].stateFolder)/attachments")
        // Seconds tell who was first.
        try await Task.sleep(for: .milliseconds(1_100))
        try cluster.launch(bed[1])
        try await bed[1].daemon.line(with: "taking a new identity", "another Node has this identity")
        try await bed[1].waitUntilReady()
        #expect(try bed[0].identity() == identity)
        #expect(try bed[1].identity() != identity)
        let pods = try await bed.pods()
        try await pods[0].waitUntilReaching(pods[1].address())
    }
}
