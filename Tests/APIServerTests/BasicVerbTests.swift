import JSON
import Testing

@Suite struct BasicVerbTests {
    @Test(arguments: TestStore.available)
    func `what was created is got and listed`(store: TestStore) async throws {
        try await TestAPIServer.run(on: store) { server in
            let map: JSONValue = [
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a"], "data": ["x": "1"],
            ]
            let created = try await server.request("POST", "/api/v1/namespaces/default/configmaps", map)
            #expect(created.status == 201)
            #expect(created.json[path: "metadata", "resourceVersion"]?.string != nil)
            let got = try await server.request("GET", "/api/v1/namespaces/default/configmaps/a")
            #expect(got.status == 200)
            #expect(got.json == created.json)
            let list = try await server.request("GET", "/api/v1/configmaps")
            #expect(list.json["kind"] == "ConfigMapList")
            #expect(list.json["items"]?[0]?["data"] == ["x": "1"])
        }
    }
}
