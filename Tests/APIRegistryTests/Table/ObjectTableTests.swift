import JSON
import KubernetesAPI
import Testing

@testable import APIRegistry

@Suite struct ObjectTableTests {
    private static let columns = [
        TableColumn("Name", format: "name", "n") { object, _ in object["metadata"]?["name"] ?? .null },
        TableColumn("Size", type: "integer", priority: 1, "s") { object, _ in .integer(object["size"]?.integer ?? 0) },
    ]
    private static let object = Array(
        #"{"kind":"Thing","apiVersion":"v1","metadata":{"name":"a","resourceVersion":"7"},"size":3}"#.utf8
    )

    private func table(_ inclusion: ObjectTable.Inclusion = .metadata, hasColumns: Bool = true) throws -> JSONValue {
        let table = ObjectTable(columns: Self.columns, including: inclusion, now: .now)
        return try JSONValue(
            json: table.json([Self.object, Self.object], metadata: ["resourceVersion": "9"], hasColumns: hasColumns)
        )
    }

    @Test func `a table has columns, and a row of cells for each object`() throws {
        let expected = #"""
            {"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"9"},"columnDefinitions":[
            {"name":"Name","type":"string","format":"name","description":"n","priority":0},
            {"name":"Size","type":"integer","format":"","description":"s","priority":1}],"rows":[
            {"cells":["a",3],"object":{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1",
            "metadata":{"name":"a","resourceVersion":"7"}}},
            {"cells":["a",3],"object":{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1",
            "metadata":{"name":"a","resourceVersion":"7"}}}]}
            """#
        #expect(try table() == JSONValue(json: Array(expected.utf8)))
    }

    @Test func `the shape is that of a captured table`() throws {
        let captured = try Captured("table-namespaces").body
        let table = try table()
        #expect(table.object?.names == captured.object?.names)
        #expect(table["columnDefinitions"]?[0]?.object?.names == captured["columnDefinitions"]?[0]?.object?.names)
        #expect(table["rows"]?[0]?.object?.names == captured["rows"]?[0]?.object?.names)
        #expect(table["rows"]?[0]?["object"]?.object?.names == captured["rows"]?[0]?["object"]?.object?.names)
    }

    @Test func `a row has of its object what is asked for`() throws {
        #expect(try table(.none)["rows"]?[0]?["object"] == .null)
        #expect(try table(.object)["rows"]?[1]?["object"] == JSONValue(json: Self.object))
        #expect(try ObjectTable.Inclusion(parameter: nil) == .metadata)
        #expect(try ObjectTable.Inclusion(parameter: "Object") == .object)
        #expect(throws: Refusal.badRequest("unrecognized includeObject value: \"x\"")) {
            try ObjectTable.Inclusion(parameter: "x")
        }
    }

    @Test func `later events of a watch have no columns`() throws {
        #expect(try table(hasColumns: false)["columnDefinitions"] == .null)
    }

    @Test func `a kind without columns shows names and times`() throws {
        let object = #"{"metadata":{"name":"a","creationTimestamp":"2026-11-21T10:13:05Z"}}"#
        let table = ObjectTable(columns: [], version: "v1beta1", now: .now)
        let json = try JSONValue(json: table.json([Array(object.utf8)], metadata: [:]))
        #expect(json["rows"]?[0]?["cells"] == ["a", "2026-11-21T10:13:05Z"])
        #expect(json["apiVersion"] == "meta.k8s.io/v1beta1")
    }

    @Test func `bytes that are no object make an empty row`() throws {
        for text in ["", "[]", "{", "{\"metadata\":", "{\"metadata\":null}", "1"] {
            let table = ObjectTable(columns: Self.columns, now: .now)
            let json = try JSONValue(json: table.json([Array(text.utf8)], metadata: [:]))
            #expect(json["rows"]?[0]?["object"]?["metadata"] == [:])
        }
    }

    @Test func `metadata is taken as it stands`() {
        let object = Array(#"{"metadata" : {"b":1, "a":"\u0041"},"x":{"metadata":1}}"#.utf8)
        #expect(
            String(decoding: PartialObject.json(of: object), as: UTF8.self)
                == #"{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"b":1, "a":"\u0041"}}"#
        )
    }
}
