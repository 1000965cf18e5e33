import JSON
import Testing

/// What is answered to whoever asks who somebody is, and what he may.
@Suite(.timeLimit(.minutes(2))) struct ReviewTests {
    private static func path(_ plural: String, namespace: String? = nil) -> String {
        let place = namespace.map { "namespaces/\($0)/" } ?? ""
        return "/apis/authorization.k8s.io/v1/\(place)\(plural)"
    }

    @Test func `a review asks one thing about somebody`() async throws {
        try await TestAPIServer.run { server in
            let resource: JSONValue = ["verb": "get", "resource": "pods", "namespace": "default"]
            let other: JSONValue = ["verb": "get", "path": "/healthz"]
            let wrong: [(JSONValue, String)] = [
                (["user": "reader"], "spec.resourceAttributes"),
                (
                    ["user": "reader", "resourceAttributes": resource, "nonResourceAttributes": other],
                    "spec.nonResourceAttributes"
                ),
                (["resourceAttributes": resource], "spec.user"),
            ]
            for (spec, field) in wrong {
                let answer = try await server.request("POST", Self.path("subjectaccessreviews"), ["spec": spec])
                #expect(answer.status == 422, "\(answer.text)")
                #expect(answer.json["details"]?["causes"]?[0]?["field"]?.string == field)
            }
            let nothing = try await server.request("POST", Self.path("selfsubjectaccessreviews"), ["spec": [:]])
            #expect(nothing.status == 422)
            let spec: JSONValue = ["user": "reader", "resourceAttributes": resource]
            let allowed = try await server.request("POST", Self.path("subjectaccessreviews"), ["spec": spec])
            #expect(allowed.status == 201)
            #expect(allowed.json["status"]?["allowed"] == true)
        }
    }

    @Test func `a review in a namespace is about that namespace`() async throws {
        try await TestAPIServer.run { server in
            let path = Self.path("localsubjectaccessreviews", namespace: "kube-system")
            func ask(_ namespace: String, metadata: JSONValue = [:]) async throws -> TestAPIServer.Answer {
                let resource: JSONValue = ["verb": "get", "resource": "pods", "namespace": .string(namespace)]
                let spec: JSONValue = ["user": "reader", "resourceAttributes": resource]
                return try await server.request("POST", path, ["metadata": metadata, "spec": spec])
            }
            let elsewhere = try await ask("default")
            #expect(elsewhere.status == 422)
            #expect(elsewhere.json["details"]?["causes"]?[0]?["field"] == "spec.resourceAttributes.namespace")
            #expect(try await ask("default", metadata: ["namespace": "default"]).status == 400)
            let here = try await ask("kube-system")
            #expect(here.status == 201)
            #expect(here.json["status"]?["allowed"] == false)
            #expect(here.json["metadata"]?["namespace"] == "kube-system")
        }
    }

    @Test func `what is asked about some objects only is decided so`() async throws {
        try await TestAPIServer.run { server in
            let parts: JSONValue = ["requirements": [["key": "spec.nodeName", "operator": "In", "values": ["n0"]]]]
            for (selector, isAllowed) in [
                (["rawSelector": "spec.nodeName=n0"], true), (parts, true),
                (["rawSelector": "spec.nodeName=n1"], false),
            ] as [(JSONValue, Bool)] {
                let resource: JSONValue = ["verb": "list", "resource": "pods", "fieldSelector": selector]
                let answer = try await server.request(
                    "POST",
                    Self.path("subjectaccessreviews"),
                    ["spec": ["user": "reader", "resourceAttributes": resource]]
                )
                #expect(answer.json["status"]?["allowed"] == .bool(isAllowed), "\(answer.text)")
            }
        }
    }

    @Test func `a token counts for those whom it is for`() async throws {
        try await TestAPIServer.run { server in
            let path = "/apis/authentication.k8s.io/v1/tokenreviews"
            func review(_ audiences: JSONValue) async throws -> TestAPIServer.Answer {
                try await server.request("POST", path, ["spec": ["token": "user-a", "audiences": audiences]])
            }
            let usual = try await review([])
            #expect(usual.json["status"]?["authenticated"] == true)
            #expect(usual.json["status"]?["audiences"] == ["https://api", "https://other"])
            let some = try await review(["x", "https://other"])
            #expect(some.json["status"]?["user"]?["username"] == "user-a")
            #expect(some.json["status"]?["audiences"] == ["https://other"])
            let none = try await review(["x"])
            #expect(none.status == 201)
            #expect(none.json["status"]?["authenticated"] != true)
            #expect(none.json["status"]?["user"] == nil || none.json["status"]?["user"] == [:])
            #expect(try await server.request("POST", path, ["spec": ["token": ""]]).status == 400)
        }
    }
}
