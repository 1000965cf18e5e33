import JSON
import KubernetesTesting
import Storage
import Testing

/// What every cluster has.
@Suite(.timeLimit(.minutes(2))) struct BootstrapTests {
    private static let service = "/api/v1/namespaces/default/services/kubernetes"

    @Test func `what no cluster can be without is made again, and leads to the server's port`() async throws {
        try await TestStore.sqlite.with(try TemporaryFolder()) { store in
            try await TestAPIServer.run(over: store, port: 7_443) { server in
                let service = try await server.request("GET", Self.service)
                #expect(service.json["spec"]?["ports"]?[0]?["targetPort"] == 7_443)
            }
            try await TestAPIServer.run(over: store, endpointLifetime: .milliseconds(600)) { server in
                let service = try await server.request("GET", Self.service)
                #expect(service.json["spec"]?["ports"]?[0]?["targetPort"] == 6_443)
                #expect(service.json["spec"]?["clusterIP"] == "10.96.0.1")
                #expect(try await server.request("DELETE", Self.service).status == 200)
                let key = "/registry/namespaces/kube-node-lease"
                _ = try await server.store.commit(StoreTransaction(then: [.delete(key: key)]))
                try await server.eventually {
                    let namespace = try await server.request("GET", "/api/v1/namespaces/kube-node-lease")
                    let again = try await server.request("GET", Self.service)
                    let uid = again.json["metadata"]?["uid"]
                    return namespace.status == 200 && again.status == 200 && uid != service.json["metadata"]?["uid"]
                        && again.json["spec"]?["clusterIP"] == "10.96.0.1"
                }
            }
        }
    }
}
