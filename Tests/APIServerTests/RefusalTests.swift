import JSON
import KubernetesClient
import Testing

/// Requests that are refused, compared with what kube-apiserver 1.36.2 answered.
@Suite(.timeLimit(.minutes(3)))
struct RefusalTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var capture: String
        var method = "POST"
        var path: String
        var body: String? = nil
        var contentType = "application/json"
        var accept = "application/json"
        var testDescription: String { capture }
    }

    static let services = "/api/v1/namespaces/default/services"
    static let web =
        #"{"apiVersion":"v1","kind":"Service","metadata":{"name":"web"},"spec":{"clusterIP":"10.96.100.225","#
        + #""type":"NodePort","selector":{"app":"web"},"ports":[{"port":80,"nodePort":31480}]}}"#

    static func service(_ name: String, _ spec: String) -> String {
        #"{"apiVersion":"v1","kind":"Service","metadata":{"name":"\#(name)"},"spec":\#(spec)}"#
    }

    static let cases = [
        Case(capture: "already-exists", path: services, body: service("web", #"{"ports":[{"port":80}]}"#)),
        Case(capture: "not-found", method: "GET", path: "\(services)/nope"),
        Case(capture: "unknown-resource", method: "GET", path: "/api/v1/foos"),
        Case(capture: "bad-selector", method: "GET", path: "\(services)?labelSelector=a%3D%3D%3Db"),
        Case(capture: "bad-field-selector", method: "GET", path: "/api/v1/pods?fieldSelector=foo%3Dbar"),
        Case(capture: "not-acceptable", method: "GET", path: services, accept: "text/html"),
        Case(capture: "unsupported-media", path: services, body: "x", contentType: "text/plain"),
        Case(capture: "invalid-no-ports", path: services, body: service("np", #"{"type":"ClusterIP"}"#)),
        Case(
            capture: "invalid-service-port",
            path: services,
            body: service("bad", #"{"ports":[{"port":70000},{"port":0}]}"#)
        ),
        Case(capture: "invalid-service-name", path: services, body: service("Bad_Name", #"{"ports":[{"port":80}]}"#)),
        Case(
            capture: "invalid-nodeport-range",
            path: services,
            body: service("np", #"{"type":"NodePort","ports":[{"port":80,"nodePort":80}]}"#)
        ),
        Case(
            capture: "conflict-clusterip",
            path: services,
            body: service("ip2", #"{"clusterIP":"10.96.100.225","ports":[{"port":80}]}"#)
        ),
        Case(
            capture: "conflict-nodeport",
            path: services,
            body: service("np2", #"{"type":"NodePort","ports":[{"port":80,"nodePort":31480}]}"#)
        ),
        Case(
            capture: "clusterip-out-of-range",
            path: services,
            body: service("ip3", #"{"clusterIP":"10.1.2.3","ports":[{"port":80}]}"#)
        ),
        Case(
            capture: "immutable-clusterip",
            method: "PATCH",
            path: "\(services)/web",
            body: #"{"spec":{"clusterIP":"10.96.0.77"}}"#,
            contentType: "application/merge-patch+json"
        ),
        Case(
            capture: "unknown-field-strict",
            path: "\(services)?fieldValidation=Strict",
            body: service("uf", #"{"nope":1,"ports":[{"port":80}]}"#)
        ),
        Case(
            capture: "wrong-kind",
            path: services,
            body: #"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"}}"#
        ),
        Case(
            capture: "invalid-pod",
            path: "/api/v1/namespaces/default/pods",
            body: #"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"bad"},"spec":{"containers":[]}}"#
        ),
        Case(
            capture: "stale-update",
            method: "PUT",
            path: "\(services)/web",
            body: #"{"apiVersion":"v1","kind":"Service","metadata":{"name":"web","resourceVersion":"1"},"#
                + #""spec":{"ports":[{"port":80}]}}"#
        ),
    ]

    @Test(arguments: cases, TestStore.available)
    func `what upstream refuses is refused with its words`(_ test: Case, store: TestStore) async throws {
        let wanted = try Answer(capture: test.capture)
        try await TestAPIServer.run(on: store) { server in
            let made = try await server.request("POST", Self.services, body: Array(Self.web.utf8))
            try #require(made.status == 201, "\(made.text)")
            let answer = try await server.request(
                test.method,
                test.path,
                body: test.body.map { Array($0.utf8) },
                contentType: test.contentType,
                accept: test.accept
            )
            #expect(answer.status == wanted.status)
            #expect(answer.json["reason"] == wanted.body["reason"])
            #expect(answer.json["message"] == wanted.body["message"])
            #expect(answer.json["details"] == wanted.body["details"])
        }
    }

    @Test(arguments: TestStore.available)
    func `nobody is let in without saying who he is`(store: TestStore) async throws {
        try await TestAPIServer.run(on: store) { server in
            let stranger = try await server.request("GET", "/api/v1/pods", token: "wrong")
            #expect(stranger.status == 401)
            let nobody = try await server.request("GET", "/api/v1/pods", token: "nobody")
            #expect(nobody.status == 403)
            let words =
                #"pods is forbidden: User "nobody" cannot list resource "pods" in API group "" at the cluster scope"#
            #expect(nobody.json["message"]?.string == words)
            #expect(try await server.request("GET", "/healthz", token: nil).text == "ok")
            #expect(try await server.request("GET", "/api/v1/pods", token: nil).status == 403)
        }
    }

    @Test(arguments: TestStore.available)
    func `bodies and addresses have limits`(store: TestStore) async throws {
        try await TestAPIServer.run(on: store) { server in
            let large = [UInt8](repeating: UInt8(ascii: " "), count: (3 << 20) + 1)
            let answer = try await server.request("POST", Self.services, body: large)
            #expect(answer.status == 413)
            #expect(answer.json["reason"] == "RequestEntityTooLarge")
            let long = String(repeating: "a", count: 40_000)
            #expect(try await server.request("GET", "/api/v1/pods?x=\(long)").status == 400)
        }
    }

    private struct Answer {
        var status: Int
        var body: JSONValue

        init(capture: String) throws {
            let folder = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
            let path = "/\(folder)/APIRegistryTests/Fixtures/\(capture).http"
            let text = String(decoding: try LocalFile.read(path), as: UTF8.self)
            let parts = text.split(separator: "\n\n", maxSplits: 1, omittingEmptySubsequences: false)
            status = Int(parts[0].split(separator: " ")[1]) ?? 0
            body = try JSONValue(json: Array(parts[1].utf8))
        }
    }
}
