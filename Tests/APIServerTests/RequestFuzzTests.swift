import SeededTesting
import JSON
import Testing

/// Requests that nobody in his senses sends: refused, never with a 5xx, and the server goes on.
@Suite(.timeLimit(.minutes(3)))
struct RequestFuzzTests {
    @Test(arguments: TestStore.available)
    func `no request breaks the server`(store: TestStore) async throws {
        var generator = SeededGenerator()
        try await TestAPIServer.run(on: store) { server in
            let map = WatchTests.map("a", "1", labels: ["app": "x"])
            _ = try await server.request("POST", WatchTests.maps, map)
            for _ in 0..<300 {
                let method = Self.methods.randomElement(using: &generator) ?? "GET"
                let path = Self.path(using: &generator)
                let body = ["GET", "HEAD"].contains(method) ? nil : Self.body(map.json, using: &generator)
                let type = Self.types.randomElement(using: &generator) ?? ""
                let accept = Self.accepts.randomElement(using: &generator) ?? ""
                let answer: TestAPIServer.Answer
                do {
                    answer = try await server.request(method, path, body: body, contentType: type, accept: accept)
                } catch {
                    throw TestFailure("\(generator): \(method) \(path) \(accept) \(body?.count ?? 0): \(error)")
                }
                #expect(
                    answer.status < 500 || answer.status == 504,
                    "\(generator): \(method) \(path): \(answer.text)"
                )
            }
            #expect(try await server.request("GET", "/healthz").status == 200)
        }
    }

    private static let methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
    private static let types = [
        "application/json", "application/yaml", "application/vnd.kubernetes.protobuf", "application/json-patch+json",
        "application/merge-patch+json", "application/strategic-merge-patch+json", "application/apply-patch+yaml", "x",
    ]
    private static let accepts = [
        "application/json", "*/*", "application/yaml", "application/vnd.kubernetes.protobuf", ";;,", "a/b;q=2",
        "application/json;as=Table;v=v1;g=meta.k8s.io", "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
    ]
    private static let segments = [
        "api", "apis", "v1", "apps", "namespaces", "default", "configmaps", "services", "pods", "a", "status", "scale",
        "binding", "events", "%2e%2e", "%00", "%ff", "", "watch", "openapi", "v2", "v3", "healthz", "x%2fy",
    ]
    private static let parameters = [
        "watch=1&timeoutSeconds=1", "limit=1", "limit=-1", "limit=x", "continue=abc", "continue=eyJ2IjoieCJ9",
        "resourceVersion=0", "resourceVersion=-1", "resourceVersion=18446744073709551616", "resourceVersionMatch=Exact",
        "labelSelector=a%20in%20(b,c),!d", "labelSelector=((", "fieldSelector=metadata.name%3Da", "fieldSelector=%3D",
        "dryRun=All", "dryRun=x", "fieldValidation=Strict", "fieldValidation=x", "pretty=true", "includeObject=x",
        "gracePeriodSeconds=x", "propagationPolicy=x", "%", "a=%zz", "sendInitialEvents=true",
    ]

    private static func path(using generator: inout SeededGenerator) -> String {
        let good = ["\(WatchTests.maps)", "\(WatchTests.maps)/a", "/api/v1/configmaps", "/apis/apps/v1/deployments"]
        var path = good.randomElement(using: &generator) ?? "/"
        if Bool.random(using: &generator) {
            let count = Int.random(in: 0...7, using: &generator)
            path =
                "/" + (0..<count).compactMap { _ in segments.randomElement(using: &generator) }.joined(separator: "/")
        }
        let count = Int.random(in: 0...3, using: &generator)
        let query = (0..<count).compactMap { _ in parameters.randomElement(using: &generator) }
        // A watch without an end would hold up the test.
        return path + "?" + (query + ["timeoutSeconds=1"]).joined(separator: "&")
    }

    private static func body(_ good: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
        var body = good
        for _ in 0..<Int.random(in: 0...4, using: &generator) where !body.isEmpty {
            let index = Int.random(in: 0..<body.count, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: body[index] = UInt8.random(in: .min ... .max, using: &generator)
            case 1: body.remove(at: index)
            case 2: body.insert(UInt8.random(in: 0x20..<0x7f, using: &generator), at: index)
            default: body = Array(body[..<index])
            }
        }
        return body
    }
}
