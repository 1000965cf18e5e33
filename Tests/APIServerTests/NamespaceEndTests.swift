import JSON
import KubernetesTesting
import Storage
import Testing

/// What is made in namespaces that go.
@Suite(.timeLimit(.minutes(2))) struct NamespaceEndTests {
    @Test func `nothing is made in a namespace of which the server has not heard yet that it is gone`() async throws {
        try await TestStore.sqlite.with(try TemporaryFolder()) { store in
            let deaf = DeafStore(store)
            try await TestAPIServer.run(over: deaf) { server in
                let namespace: JSONValue = [
                    "apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "short"],
                ]
                let maps = "/api/v1/namespaces/short/configmaps"
                #expect(try await server.request("POST", "/api/v1/namespaces", namespace).status == 201)
                #expect(try await server.request("POST", maps, WatchTests.map("before")).status == 201)
                deaf.deafen()
                let key = "/registry/namespaces/short"
                _ = try await store.commit(StoreTransaction(then: [.delete(key: key)]))
                let late = try await server.request("POST", maps, WatchTests.map("late"))
                // It cannot learn more while it is deaf.
                #expect(late.status == 503, "\(late.text)")
                deaf.forget()
                try await server.eventually {
                    try await server.request("POST", maps, WatchTests.map("late")).status == 404
                }
                let list = try await server.request("GET", maps)
                #expect(list.json["items"]?.array?.count == 1)
            }
        }
    }
}
