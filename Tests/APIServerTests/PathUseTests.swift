import APIRegistry
import APIServer
import JSON
import KubernetesAPI
import KubernetesTesting
import NIOCore
import Synchronization
import Testing

/// Paths and verbs that are less usual.
@Suite(.timeLimit(.minutes(2)))
struct PathUseTests {
    private static let maps = WatchTests.maps
    private static let leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases"

    private static func lease(_ holder: String, version: String? = nil) -> JSONValue {
        var lease: JSONValue = [
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": ["name": "l"],
            "spec": ["holderIdentity": .string(holder)],
        ]
        if let version { lease[path: "metadata", "resourceVersion"] = .string(version) }
        return lease
    }

    @Test func `the old paths of watches watch`() async throws {
        try await TestAPIServer.run { server in
            for name in ["a", "b"] { _ = try await server.request("POST", Self.maps, WatchTests.map(name)) }
            for (path, names) in [
                ("/api/v1/watch/configmaps", ["a", "b"]), ("/api/v1/watch/namespaces/default/configmaps", ["a", "b"]),
                ("/api/v1/watch/namespaces/default/configmaps/b", ["b"]),
                ("/api/v1/watch/namespaces/default", ["default"]),
                ("/apis/networking.k8s.io/v1/watch/servicecidrs", ["kubernetes"]),
            ] {
                try await server.watch(path) { events in
                    for name in names {
                        let event = try await events.next()
                        #expect(event?["type"] == "ADDED")
                        #expect(event?["object"]?["metadata"]?["name"]?.string == name, "\(path)")
                    }
                }
                let answer = try await server.request("DELETE", path)
                #expect(answer.status == 405)
            }
            let nobody = try await server.request("GET", "/api/v1/watch/configmaps", token: "nobody")
            #expect(nobody.json["message"]?.string?.contains(#"cannot watch resource "configmaps""#) == true)
        }
    }

    @Test func `a PUT creates what upstream lets it create, and nothing else`() async throws {
        try await TestAPIServer.run { server in
            let made = try await server.request("PUT", "\(Self.leases)/l", Self.lease("a"))
            #expect(made.status == 201, "\(made.text)")
            #expect(made.json["metadata"]?["uid"]?.string?.isEmpty == false)
            let version = made.json["metadata"]?["resourceVersion"]?.string
            let blind = try await server.request("PUT", "\(Self.leases)/l", Self.lease("b"))
            #expect(blind.status == 422)
            let words =
                "Lease.coordination.k8s.io \"l\" is invalid: metadata.resourceVersion: Invalid value: 0: must be "
                + "specified for an update"
            #expect(blind.json["message"]?.string == words)
            let renewed = try await server.request("PUT", "\(Self.leases)/l", Self.lease("b", version: version))
            #expect(renewed.status == 200)
            let other = try await server.request("PUT", "\(Self.leases)/other", Self.lease("a"))
            #expect(other.status == 400)
            let map = try await server.request("PUT", "\(Self.maps)/a", WatchTests.map("a"))
            #expect(map.status == 404)
            let service: JSONValue = [
                "apiVersion": "v1", "kind": "Service", "metadata": ["name": "s"], "spec": ["ports": [["port": 80]]],
            ]
            let address = try await server.request("PUT", "/api/v1/namespaces/default/services/s", service)
            #expect(address.status == 201)
            #expect(address.json["spec"]?["clusterIP"]?.string?.hasPrefix("10.96.") == true)
            let refused = try await server.request(
                "PUT",
                "\(Self.leases)/m",
                body: Self.lease("a").json,
                token: "user-who-creates-nothing"
            )
            #expect(refused.status == 403)
        }
    }

    @Test func `a pod is bound by a Binding that names it`() async throws {
        try await TestAPIServer.run { server in
            let pod: JSONValue = [
                "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "p"],
                "spec": ["containers": [["name": "c", "image": "x"]]],
            ]
            let binding: JSONValue = [
                "apiVersion": "v1", "kind": "Binding", "metadata": ["name": "p"],
                "target": ["kind": "Node", "name": "n0"],
            ]
            let bindings = "/api/v1/namespaces/default/bindings"
            #expect(try await server.request("POST", "/api/v1/namespaces/default/pods", pod).status == 201)
            #expect(try await server.request("POST", bindings, binding).status == 201)
            let bound = try await server.request("GET", "/api/v1/namespaces/default/pods/p")
            #expect(bound.json["spec"]?["nodeName"] == "n0")
            #expect(try await server.request("POST", bindings, binding).status == 409)
            #expect(try await server.request("GET", bindings).status == 405)
            #expect(try await server.request("DELETE", bindings).status == 405)
            var nameless = binding
            nameless["metadata"] = [:]
            #expect(try await server.request("POST", bindings, nameless).status == 400)
            let resources = try await server.request("GET", "/api/v1")
            let names = (resources.json["resources"]?.array ?? []).compactMap { $0["name"]?.string }
            #expect(names.contains("bindings"))
        }
    }

    @Test func `who asks is told what he may`() async throws {
        try await TestAPIServer.run { server in
            let path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
            let review: JSONValue = [
                "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview",
                "spec": ["namespace": "default"],
            ]
            let answer = try await server.request("POST", path, review)
            #expect(answer.status == 201, "\(answer.text)")
            let rules: JSONValue = [["verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]]]
            #expect(answer.json["status"]?["resourceRules"] == rules)
            #expect(
                answer.json["status"]?["nonResourceRules"] == [["verbs": ["get"], "nonResourceURLs": ["/healthz"]]]
            )
            #expect(answer.json["status"]?["incomplete"] == false)
            let nowhere = try await server.request("POST", path, ["spec": [:]])
            #expect(nowhere.status == 400)
        }
    }

    @Test func `roles that every cluster has are mended at the start, if they may be`() async throws {
        func role(_ name: String, autoupdate: String, _ rules: JSONValue) -> JSONValue {
            [
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
                "metadata": [
                    "name": .string(name),
                    "annotations": ["rbac.authorization.kubernetes.io/autoupdate": .string(autoupdate)],
                ],
                "rules": rules,
            ]
        }
        let own: JSONValue = ["verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]]
        let wanted: JSONValue = ["verbs": ["list"], "apiGroups": [""], "resources": ["pods"]]
        let resource = ResourceType(
            group: "rbac.authorization.k8s.io",
            version: "v1",
            kind: "ClusterRole",
            plural: "clusterroles",
            namespaced: false
        )
        let objects = ["mended", "left"].map {
            Bootstrap.Object(resource: resource, value: role($0, autoupdate: "true", [wanted]))
        }
        let path = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
        try await TestStore.sqlite.with(try TemporaryFolder()) { store in
            try await TestAPIServer.run(over: store) { server in
                _ = try await server.request("POST", path, role("mended", autoupdate: "true", [own]))
                _ = try await server.request("POST", path, role("left", autoupdate: "false", [own]))
            }
            try await TestAPIServer.run(over: store, objects: objects) { server in
                let mended = try await server.request("GET", "\(path)/mended")
                #expect(mended.json["rules"] == [own, wanted])
                let left = try await server.request("GET", "\(path)/left")
                #expect(left.json["rules"] == [own])
            }
        }
    }

    private final class Flag: Sendable {
        let isSet = Atomic(false)
    }

    @Test func `there are so many connections and no more`() async throws {
        try await TestAPIServer.run { unlimited in
            try await TestAPIServer.run(connectionLimit: 2) { server in
                let answered = Flag()
                var third: Task<Int, any Error>?
                try await server.watch("\(Self.maps)?watch=true") { _ in
                    try await server.watch("\(Self.maps)?watch=true") { _ in
                        third = Task {
                            let status = try await server.request("GET", "/version").status
                            answered.isSet.store(true, ordering: .sequentiallyConsistent)
                            return status
                        }
                        // All the while a server without such a limit answers, however slow the machine is.
                        for _ in 0..<20 {
                            let status = try await unlimited.request("GET", "/version").status
                            #expect(status == 200)
                        }
                        let isAnswered = answered.isSet.load(ordering: .sequentiallyConsistent)
                        #expect(!isAnswered)
                    }
                }
                // One that went makes room.
                #expect(try await third?.value == 200)
            }
        }
    }
}
