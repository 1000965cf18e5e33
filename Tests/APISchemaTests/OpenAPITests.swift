import JSON
import KubernetesAPI
import Testing

@testable import APISchema

@Suite("OpenAPI")
struct OpenAPITests {
    static let resources: [OpenAPIResource] = [
        OpenAPIResource(
            ResourceType(group: "", version: "v1", kind: "Service", plural: "services", namespaced: true),
            message: "\(core).Service",
            subresources: [.init("status", message: "\(core).Service", verbs: [.get, .update, .patch])]
        ),
        OpenAPIResource(
            ResourceType(group: "", version: "v1", kind: "Node", plural: "nodes", namespaced: false),
            message: "\(core).Node"
        ),
        OpenAPIResource(
            ResourceType(group: "apps", version: "v1", kind: "Deployment", plural: "deployments", namespaced: true),
            message: "io.k8s.api.apps.v1.Deployment",
            subresources: [.init("scale", message: "io.k8s.api.autoscaling.v1.Scale", verbs: [.get, .update, .patch])]
        ),
    ]
    private let specification = OpenAPISpecification(Self.resources)

    private func document(_ group: String) throws -> JSONValue {
        try JSONValue(json: try #require(specification.v3[group]).bytes)
    }

    @Test("the index leads to a document for each group's version, by its hash")
    func index() throws {
        let index = try JSONValue(json: specification.v3Index.bytes)
        #expect(index["paths"]?.object?.names == ["api/v1", "apis/apps/v1"])
        let hash = try #require(specification.v3["api/v1"]).hash
        #expect(index["paths"]?["api/v1"]?["serverRelativeURL"] == .string("/openapi/v3/api/v1?hash=\(hash)"))
        #expect(hash.utf8.count == 32)
    }

    @Test("a patch says which kind it is for, and that it takes fieldValidation and dryRun")
    func patch() throws {
        let paths = try #require(try document("api/v1")["paths"])
        let patch = try #require(paths["/api/v1/namespaces/{namespace}/services/{name}"]?["patch"])
        #expect(patch["x-kubernetes-group-version-kind"] == ["group": "", "version": "v1", "kind": "Service"])
        #expect(patch["x-kubernetes-action"] == "patch")
        let names = patch["parameters"]?.array?.compactMap { $0["name"]?.string } ?? []
        #expect(Set(names).isSuperset(of: ["fieldValidation", "dryRun", "fieldManager"]))
        #expect(paths["/api/v1/nodes/{name}"]?["patch"] != nil)
        #expect(paths["/api/v1/services"]?["get"]?["x-kubernetes-action"] == "list")
    }

    @Test("lists say how they are merged")
    func merge() throws {
        let schemas = try #require(try document("api/v1")["components"]?["schemas"])
        let ports = schemas["\(core).ServiceSpec"]?["properties"]?["ports"]
        #expect(ports?["x-kubernetes-patch-merge-key"] == "port")
        #expect(ports?["x-kubernetes-patch-strategy"] == "merge")
        #expect(
            schemas["\(core).Service"]?["x-kubernetes-group-version-kind"]
                == [["group": "", "version": "v1", "kind": "Service"]]
        )
    }

    @Test("every reference has its schema, in all documents")
    func references() throws {
        for document in [specification.v2] + specification.v3.values {
            let root = try JSONValue(json: document.bytes)
            let schemas = root["definitions"] ?? root["components"]?["schemas"]
            var open = [root]
            while let value = open.popLast() {
                if let name = value["$ref"]?.string?.split(separator: "/").last {
                    #expect(schemas?[String(name)] != nil, "\(name)")
                }
                open += value.array ?? value.object?.members.map(\.value) ?? []
            }
        }
    }

    @Test("no identifier is there twice")
    func identifiers() throws {
        let root = try JSONValue(json: specification.v2.bytes)
        var identifiers: [String] = []
        for path in root["paths"]?.object?.members ?? [] {
            identifiers += path.value.object?.members.compactMap { $0.value["operationId"]?.string } ?? []
        }
        #expect(Set(identifiers).count == identifiers.count)
        #expect(identifiers.contains("createCoreV1NamespacedService"))
    }

    @Test("the same kinds give the same hashes, and others do not")
    func hashes() {
        let again = OpenAPISpecification(Self.resources)
        #expect(again.v2.hash == specification.v2.hash)
        #expect(again.v3Index == specification.v3Index)
        #expect(OpenAPISpecification(Self.resources.dropLast()).v2.hash != specification.v2.hash)
        #expect(specification.v2Protobuf.bytes.first == 0x0a)
    }

    @Test("the protobuf for old clients has the same paths and definitions as the JSON")
    func gnostic() throws {
        let bytes = specification.v2Protobuf.bytes
        var document = ProtobufReader(bytes, bytes.indices)
        var numbers: [Int] = []
        var names: [[String]] = []
        while let field = try document.next() {
            numbers.append(field.number)
            guard case .bytes(let range) = field.value, field.number > 2 else { continue }
            var entries = ProtobufReader(bytes, range)
            var found: [String] = []
            while let entry = try entries.next() {
                guard case .bytes(let range) = entry.value else { continue }
                var named = ProtobufReader(bytes, range)
                guard let name = try named.next(), case .bytes(let text) = name.value else { continue }
                found.append(String(decoding: bytes[text], as: UTF8.self))
            }
            names.append(found)
        }
        let json = try JSONValue(json: specification.v2.bytes)
        #expect(numbers == [1, 2, 8, 9])
        #expect(names == [json["paths"]?.object?.names ?? [], json["definitions"]?.object?.names ?? []])
    }
}
