import JSON
import KubernetesTesting
import NIOHTTP1
import SQLiteStore
import Storage
import Testing

@Suite(.timeLimit(.minutes(2)))
struct ListTests {
    private static let maps = WatchTests.maps

    @Test(arguments: TestStore.available)
    func `pages are of one moment, and together the list`(store: TestStore) async throws {
        try await TestAPIServer.run(on: store) { server in
            for index in 0..<7 { _ = try await server.request("POST", Self.maps, WatchTests.map("m\(index)")) }
            var names: [String] = []
            var token = ""
            var versions: Set<String> = []
            repeat {
                let page = try await server.request("GET", "\(Self.maps)?limit=3&continue=\(token)")
                #expect(page.status == 200, "\(page.text)")
                names += (page.json["items"]?.array ?? []).compactMap { $0["metadata"]?["name"]?.string }
                versions.insert(page.json["metadata"]?["resourceVersion"]?.string ?? "")
                token = page.json["metadata"]?["continue"]?.string ?? ""
                if names.count == 3 {
                    #expect(page.json["metadata"]?["remainingItemCount"]?.integer == 4)
                    // What happens meanwhile is not in the pages that follow.
                    _ = try await server.request("DELETE", "\(Self.maps)/m5")
                }
            } while !token.isEmpty
            #expect(names == (0..<7).map { "m\($0)" })
            #expect(versions.count == 1)
        }
    }

    @Test(arguments: TestStore.available)
    func `a token of a state that was forgotten leads to the present one`(store: TestStore) async throws {
        try await TestAPIServer.run(on: store, own: true) { server in
            for index in 0..<4 { _ = try await server.request("POST", Self.maps, WatchTests.map("m\(index)")) }
            let page = try await server.request("GET", "\(Self.maps)?limit=2")
            let token = page.json["metadata"]?["continue"]?.string ?? ""
            _ = try await server.request("DELETE", "\(Self.maps)/m2")
            let revision = try await server.store.currentRevision()
            try await server.store.compact(before: revision)
            let refused = try await server.request("GET", "\(Self.maps)?limit=2&continue=\(token)")
            #expect(refused.status == 410)
            #expect(refused.json["reason"] == "Expired")
            let next = refused.json["metadata"]?["continue"]?.string ?? ""
            let rest = try await server.request("GET", "\(Self.maps)?limit=2&continue=\(next)")
            #expect(rest.json["items"]?.array?.count == 1)
            #expect(rest.json["items"]?[0]?["metadata"]?["name"] == "m3")
        }
    }

    @Test(arguments: TestStore.available)
    func `what is written is read by whoever asks next, also after a restart`(store: TestStore) async throws {
        let folder = try TemporaryFolder()
        try await store.throughout {
            try await TestAPIServer.run(on: store, folder: folder) { server in
                for index in 0..<20 {
                    _ = try await server.request("POST", Self.maps, WatchTests.map("m\(index)"))
                    let list = try await server.request("GET", Self.maps)
                    #expect(list.json["items"]?.array?.count == index + 1)
                }
            }
            try await TestAPIServer.run(on: store, folder: folder) { server in
                let list = try await server.request("GET", Self.maps)
                #expect(list.json["items"]?.array?.count == 20)
            }
        }
    }

    @Test(arguments: TestStore.available)
    func `who accepts YAML gets it, and may send it`(store: TestStore) async throws {
        try await TestAPIServer.run(on: store) { server in
            let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: y}\ndata: {a: \"1\", b: plain}\n"
            let made = try await server.request(
                "POST",
                Self.maps,
                body: Array(text.utf8),
                contentType: "application/yaml",
                accept: "application/yaml"
            )
            #expect(made.status == 201)
            #expect(made.headers["content-type"] == ["application/yaml"])
            #expect(made.text.contains("data:\n  a: \"1\"\n  b: plain\n"))
        }
    }

    @Test(arguments: TestStore.available)
    func `lists come in protobuf, tables and as metadata`(store: TestStore) async throws {
        try await TestAPIServer.run(on: store) { server in
            _ = try await server.request("POST", Self.maps, WatchTests.map("m"))
            let protobuf = try await server.request("GET", Self.maps, accept: "application/vnd.kubernetes.protobuf")
            #expect(protobuf.headers["content-type"] == ["application/vnd.kubernetes.protobuf"])
            #expect(protobuf.body.starts(with: [0x6b, 0x38, 0x73, 0]))
            let table = try await server.request(
                "GET",
                Self.maps,
                accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
            )
            #expect(table.json["kind"] == "Table")
            #expect(table.json["rows"]?[0]?["cells"]?[0] == "m")
            let metadata = try await server.request(
                "GET",
                Self.maps,
                accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
            )
            #expect(metadata.json["kind"] == "PartialObjectMetadataList")
            #expect(metadata.json["items"]?[0]?["metadata"]?["name"] == "m")
            #expect(metadata.json["items"]?[0]?["data"] == nil)
        }
    }
}
