import JSON
import NIOHTTP1
import Testing

/// How others learn to check tokens of service accounts.
@Suite(.timeLimit(.minutes(2))) struct OpenIDTests {
    @Test func `issuer and keys are told where OpenID Connect has them`() async throws {
        try await TestAPIServer.run { server in
            let document = try await server.request("GET", "/.well-known/openid-configuration")
            #expect(document.status == 200)
            #expect(document.json["issuer"] == "https://issuer.test")
            #expect(document.json["jwks_uri"] == "https://192.0.2.1:6443/openid/v1/jwks")
            let keys = try await server.request("GET", "/openid/v1/jwks")
            #expect(keys.headers.first(name: "Content-Type") == "application/jwk-set+json")
            #expect(keys.json["keys"]?[0]?["kid"] == "k")
            #expect(try await server.request("GET", "/openid/v1").status == 404)
            #expect(try await server.request("GET", "/openid/v1/jwks", token: "nobody").status == 403)
        }
    }

    @Test func `revisions of controllers are kept, and do not change`() async throws {
        try await TestAPIServer.run { server in
            let path = "/apis/apps/v1/namespaces/default/controllerrevisions"
            let owner: JSONValue = [
                "apiVersion": "apps/v1", "kind": "DaemonSet", "name": "web", "uid": "u", "controller": true,
            ]
            let revision: JSONValue = [
                "apiVersion": "apps/v1", "kind": "ControllerRevision",
                "metadata": ["name": "web-1", "ownerReferences": [owner]],
                "data": ["spec": ["template": ["metadata": ["labels": ["a": "b"]]]]], "revision": 1,
            ]
            let made = try await server.request("POST", path, revision)
            #expect(made.status == 201, "\(made.text)")
            #expect(made.json["data"] == revision["data"])
            var changed = revision
            changed["revision"] = 2
            #expect(try await server.request("PUT", "\(path)/web-1", changed).json["revision"] == 2)
            changed["data"] = [:]
            let refused = try await server.request("PUT", "\(path)/web-1", changed)
            #expect(refused.status == 422)
            #expect(refused.json["details"]?["causes"]?[0]?["field"] == "data")
            let accept = "application/json;as=Table;v=v1;g=meta.k8s.io"
            let table = try await server.request("GET", path, accept: accept)
            #expect(table.json["rows"]?[0]?["cells"]?.array?.prefix(3) == ["web-1", "daemonset.apps/web", 2])
            let protobuf = "application/vnd.kubernetes.protobuf"
            #expect(try await server.request("GET", "\(path)/web-1", accept: protobuf).body.starts(with: [0x6b, 0x38]))
        }
    }
}
