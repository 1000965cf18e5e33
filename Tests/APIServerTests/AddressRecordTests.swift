import JSON
import Storage
import Testing

/// The objects that say who has which address.
@Suite(.timeLimit(.minutes(2))) struct AddressRecordTests {
    private static let services = "/api/v1/namespaces/default/services"
    private static let addresses = "/apis/networking.k8s.io/v1/ipaddresses"
    private static let address = "10.96.0.77"

    private static func service(_ name: String) -> JSONValue {
        [
            "apiVersion": "v1", "kind": "Service", "metadata": ["name": .string(name)],
            "spec": ["clusterIP": .string(address), "ports": [["port": 80]]],
        ]
    }

    @Test(arguments: TestStore.available)
    func `an address stays its Service's when its IPAddress is deleted, and is free with the Service`(
        store: TestStore
    ) async throws {
        try await TestAPIServer.run(on: store) { server in
            #expect(try await server.request("POST", Self.services, Self.service("a")).status == 201)
            let first = try await server.request("GET", "\(Self.addresses)/\(Self.address)")
            let deleted = try await server.request("DELETE", "\(Self.addresses)/\(Self.address)")
            #expect(deleted.status == 200)
            #expect(deleted.json["details"]?["uid"] == first.json["metadata"]?["uid"])
            let second = try await server.request("GET", "\(Self.addresses)/\(Self.address)")
            #expect(second.status == 200)
            #expect(second.json["spec"] == first.json["spec"])
            #expect(second.json["metadata"]?["uid"] != first.json["metadata"]?["uid"])
            #expect(try await server.request("POST", Self.services, Self.service("b")).status == 422)
            #expect(try await server.request("DELETE", "\(Self.services)/a").status == 200)
            #expect(try await server.request("GET", "\(Self.addresses)/\(Self.address)").status == 404)
            #expect(try await server.request("POST", Self.services, Self.service("b")).status == 201)
        }
    }

    @Test func `a Service frees only what is its own`() async throws {
        try await TestAPIServer.run { server in
            #expect(try await server.request("POST", Self.services, Self.service("a")).status == 201)
            // As if it had been lost, and the address given out again.
            let key = "/registry/ipaddresses/\(Self.address)"
            _ = try await server.store.commit(.init(then: [.delete(key: key)]))
            try await server.eventually {
                try await server.request("POST", Self.services, Self.service("b")).status == 201
            }
            #expect(try await server.request("DELETE", "\(Self.services)/a").status == 200)
            let record = try await server.request("GET", "\(Self.addresses)/\(Self.address)")
            #expect(record.json["spec"]?["parentRef"]?["name"] == "b")
            #expect(try await server.request("POST", Self.services, Self.service("c")).status == 422)
        }
    }
}
