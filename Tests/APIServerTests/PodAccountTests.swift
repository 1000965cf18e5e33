import JSON
import Testing

/// What pods get from their service account and their node.
@Suite(.timeLimit(.minutes(2))) struct PodAccountTests {
    private static let namespaces = "/api/v1/namespaces"
    private static let pods = "\(namespaces)/default/pods"

    private static func pod(_ name: String, _ more: (name: String, value: JSONValue)...) -> JSONValue {
        var pod: JSONValue = [
            "apiVersion": "v1", "kind": "Pod", "metadata": ["name": .string(name)],
            "spec": ["containers": [["name": "c", "image": "x"]]],
        ]
        for field in more { pod[path: "spec", field.name] = field.value }
        return pod
    }

    private static func account(_ name: String) -> JSONValue {
        [
            "apiVersion": "v1", "kind": "ServiceAccount", "metadata": ["name": .string(name)],
            "imagePullSecrets": [["name": "registry"]],
        ]
    }

    @Test func `a pod becomes its account's, and is refused where there is no such account`() async throws {
        try await TestAPIServer.run(givesAccounts: true) { server in
            let accounts = "\(Self.namespaces)/default/serviceaccounts"
            for name in ["default", "bot"] { _ = try await server.request("POST", accounts, Self.account(name)) }
            let usual = try await server.request("POST", Self.pods, Self.pod("usual"))
            #expect(usual.status == 201, "\(usual.text)")
            let spec = usual.json["spec"]
            #expect(spec?["serviceAccountName"] == "default")
            #expect(spec?["imagePullSecrets"] == [["name": "registry"]])
            let volume = spec?["volumes"]?[0]
            #expect(volume?["name"]?.string?.hasPrefix("kube-api-access-") == true)
            let sources = volume?["projected"]?["sources"]?.array ?? []
            #expect(
                sources.compactMap { $0.object?.names.first } == ["serviceAccountToken", "configMap", "downwardAPI"]
            )
            let mount = spec?["containers"]?[0]?["volumeMounts"]?[0]
            #expect(mount?["mountPath"] == "/var/run/secrets/kubernetes.io/serviceaccount")
            #expect(mount?["name"] == volume?["name"])
            let own = Self.pod("own", ("serviceAccountName", "bot"), ("automountServiceAccountToken", false))
            let bot = try await server.request("POST", Self.pods, own)
            #expect(bot.json["spec"]?["serviceAccountName"] == "bot")
            #expect(bot.json["spec"]?["volumes"] == nil)
            let stranger = Self.pod("x", ("serviceAccountName", "nope"))
            let refused = try await server.request("POST", Self.pods, stranger)
            #expect(refused.status == 403)
            #expect(
                refused.json["message"]?.string
                    == #"pods "x" is forbidden: error looking up service account default/nope: "#
                    + #"serviceaccount "nope" not found"#
            )
        }
    }

    @Test func `a pod waits a while for the account of a new namespace, and is refused where none comes`() async throws
    {
        try await TestAPIServer.run(givesAccounts: true) { server in
            for name in ["late", "never"] {
                let namespace: JSONValue = [
                    "apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(name)],
                ]
                #expect(try await server.request("POST", Self.namespaces, namespace).status == 201)
            }
            async let made = server.request("POST", "\(Self.namespaces)/late/pods", Self.pod("p"))
            try await Task.sleep(for: .milliseconds(100))
            let accounts = "\(Self.namespaces)/late/serviceaccounts"
            #expect(try await server.request("POST", accounts, Self.account("default")).status == 201)
            let (status, text) = (try await made.status, try await made.text)
            #expect(status == 201, "\(text)")
            let refused = try await server.request("POST", "\(Self.namespaces)/never/pods", Self.pod("p"))
            #expect(refused.status == 403)
            #expect(refused.text.contains("error looking up service account never/default"))
        }
    }

    @Test func `a pod that mirrors one of a node's own has no account`() async throws {
        try await TestAPIServer.run(givesAccounts: true) { server in
            var pod = Self.pod("mirror")
            pod[path: "metadata", "annotations"] = ["kubernetes.io/config.mirror": "x"]
            let made = try await server.request("POST", Self.pods, pod)
            #expect(made.status == 201)
            #expect(made.json["spec"]?["volumes"] == nil)
            pod[path: "metadata", "name"] = "other"
            pod[path: "spec", "serviceAccountName"] = "default"
            #expect(try await server.request("POST", Self.pods, pod).status == 403)
        }
    }

    @Test func `a pod that is put on a node has the labels of its place`() async throws {
        try await TestAPIServer.run { server in
            let node: JSONValue = [
                "apiVersion": "v1", "kind": "Node",
                "metadata": ["name": "n0", "labels": ["topology.kubernetes.io/zone": "z1", "other": "x"]],
            ]
            #expect(try await server.request("POST", "/api/v1/nodes", node).status == 201)
            _ = try await server.request("POST", Self.pods, Self.pod("bound"))
            let binding: JSONValue = [
                "apiVersion": "v1", "kind": "Binding", "metadata": ["name": "bound"],
                "target": ["kind": "Node", "name": "n0"],
            ]
            #expect(try await server.request("POST", "\(Self.pods)/bound/binding", binding).status == 201)
            let bound = try await server.request("GET", "\(Self.pods)/bound")
            #expect(bound.json["metadata"]?["labels"] == ["topology.kubernetes.io/zone": "z1"])
            let placed = try await server.request("POST", Self.pods, Self.pod("placed", ("nodeName", "n0")))
            #expect(placed.json["metadata"]?["labels"] == ["topology.kubernetes.io/zone": "z1"])
        }
    }

    @Test func `a Binding counts for the pod that it means, once it may be bound, and for a Node`() async throws {
        try await TestAPIServer.run { server in
            let pod = try await server.request("POST", Self.pods, Self.pod("p"))
            let gated = Self.pod("gated", ("schedulingGates", [["name": "example.org/wait"]]))
            #expect(try await server.request("POST", Self.pods, gated).status == 201)
            func bind(_ name: String, _ metadata: JSONValue, kind: String = "Node") async throws -> TestAPIServer.Answer
            {
                let binding: JSONValue = [
                    "apiVersion": "v1", "kind": "Binding", "metadata": metadata,
                    "target": ["kind": .string(kind), "name": "n0"],
                ]
                return try await server.request("POST", "\(Self.pods)/\(name)/binding", binding)
            }
            let version = pod.json["metadata"]?["resourceVersion"] ?? ""
            let uid = pod.json["metadata"]?["uid"] ?? ""
            let other = try await bind("p", ["name": "p", "uid": "other"])
            #expect(other.status == 409)
            #expect(other.text.contains("UID in precondition: other"))
            #expect(try await bind("p", ["name": "p", "resourceVersion": "1"]).status == 409)
            let waits = try await bind("gated", ["name": "gated"])
            #expect(waits.status == 409)
            #expect(waits.text.contains("non-empty .spec.schedulingGates"))
            let odd = try await bind("p", ["name": "p"], kind: "Pod")
            #expect(odd.status == 422)
            #expect(odd.json["details"]?["causes"]?[0]?["field"] == "target.kind")
            #expect(try await bind("p", ["name": "p", "uid": uid, "resourceVersion": version]).status == 201)
        }
    }
}
