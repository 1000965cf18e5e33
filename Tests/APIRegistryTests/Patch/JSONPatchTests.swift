import SeededTesting
import APISchema
import JSON
import Testing

@testable import APIRegistry

@Suite struct JSONPatchTests {
    private func patched(_ object: JSONValue, _ patch: String) throws -> JSONValue {
        try ObjectPatch(.json, json: Array(patch.utf8)).applied(
            to: object,
            message: PatchSchema.message,
            table: PatchSchema.table
        )
    }

    private static let object: JSONValue = ["a": ["b": 1, "c/d": "x", "e~f": "y"], "list": [1, 2, 3]]

    @Test(arguments: [
        (#"[{"op":"add","path":"/n","value":null}]"#, #"{"a":{"b":1,"c/d":"x","e~f":"y"},"list":[1,2,3],"n":null}"#),
        (#"[{"op":"add","path":"/a/b","value":2}]"#, #"{"a":{"b":2,"c/d":"x","e~f":"y"},"list":[1,2,3]}"#),
        (#"[{"op":"add","path":"/list/1","value":9}]"#, #"{"a":{"b":1,"c/d":"x","e~f":"y"},"list":[1,9,2,3]}"#),
        (#"[{"op":"add","path":"/list/-","value":9}]"#, #"{"a":{"b":1,"c/d":"x","e~f":"y"},"list":[1,2,3,9]}"#),
        (#"[{"op":"add","path":"/list/3","value":9}]"#, #"{"a":{"b":1,"c/d":"x","e~f":"y"},"list":[1,2,3,9]}"#),
        (#"[{"op":"remove","path":"/a/c~1d"},{"op":"remove","path":"/a/e~0f"}]"#, #"{"a":{"b":1},"list":[1,2,3]}"#),
        (#"[{"op":"remove","path":"/list/0"},{"op":"remove","path":"/a"}]"#, #"{"list":[2,3]}"#),
        (#"[{"op":"replace","path":"/list/2","value":{}},{"op":"remove","path":"/a"}]"#, #"{"list":[1,2,{}]}"#),
        (#"[{"op":"move","from":"/a/b","path":"/list/0"},{"op":"remove","path":"/a"}]"#, #"{"list":[1,1,2,3]}"#),
        (#"[{"op":"copy","from":"/list","path":"/a"}]"#, #"{"a":[1,2,3],"list":[1,2,3]}"#),
        (
            #"[{"op":"test","path":"/list/0","value":1.0},{"op":"test","path":"/none","value":null}]"#,
            #"{"a":{"b":1,"c/d":"x","e~f":"y"},"list":[1,2,3]}"#
        ),
        (#"[{"op":"replace","path":"","value":{"x":1}}]"#, #"{"x":1}"#),
    ])
    func `operations are done in their order`(patch: String, result: String) throws {
        #expect(try patched(Self.object, patch) == JSONValue(json: Array(result.utf8)))
    }

    @Test(arguments: [
        #"[{"op":"test","path":"/a/b","value":2}]"#,
        #"[{"op":"test","path":"/a","value":{"b":1}}]"#,
        #"[{"op":"remove","path":"/x"}]"#,
        #"[{"op":"remove","path":""}]"#,
        #"[{"op":"replace","path":"/a/x","value":1}]"#,
        #"[{"op":"add","path":"/x/y","value":1}]"#,
        #"[{"op":"add","path":"/list/5","value":1}]"#,
        #"[{"op":"add","path":"/list/01","value":1}]"#,
        #"[{"op":"add","path":"/list/x","value":1}]"#,
        #"[{"op":"move","from":"/a","path":"/a/b/c"}]"#,
        #"[{"op":"copy","from":"/x","path":"/y"}]"#,
        #"[{"op":"replace","path":"","value":1}]"#,
    ])
    func `what does not fit is answered with 422`(patch: String) throws {
        let error = #expect(throws: PatchError.self) { try patched(Self.object, patch) }
        #expect(error?.refusal.code == 422)
        #expect(error?.refusal.message == "the server rejected our request due to an error in our request")
    }

    @Test(arguments: [
        "{}", "[1]", #"[{"op":"add","path":"/a"}]"#, #"[{"op":"x","path":"/a"}]"#, #"[{"op":"move","path":"/a"}]"#,
        #"[{"path":"/a"}]"#, #"[{"op":"remove"}]"#, #"[{"op":"remove","path":"a"}]"#, "[",
    ])
    func `what is no JSON patch is answered with 400`(patch: String) throws {
        let error = #expect(throws: PatchError.self) { try patched(Self.object, patch) }
        #expect(error?.refusal.code == 400)
    }

    @Test func `a JSON patch has at most 10,000 operations`() throws {
        let operation = #"{"op":"test","path":"/list/0","value":1}"#
        let patch = { "[" + repeatElement(operation, count: $0).joined(separator: ",") + "]" }
        _ = try patched(Self.object, patch(10_000))
        let error = #expect(throws: PatchError.self) { try patched(Self.object, patch(10_001)) }
        #expect(error?.refusal.code == 413)
        #expect(
            error?.refusal.message
                == "Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001"
        )
    }

    @Test func `copies may not double without end`() throws {
        let patch =
            "[" + repeatElement(#"{"op":"copy","from":"/a","path":"/a/-"}"#, count: 60).joined(separator: ",") + "]"
        let error = #expect(throws: PatchError.self) { try patched(["a": ["x", "y"]], patch) }
        #expect(error?.refusal.code == 413)
    }

    @Test func `large values are not moved to and fro without end`() throws {
        let pair =
            #"{"op":"move","from":"/a","path":"/b"},{"op":"move","from":"/b","path":"/a"}"#
        let patch = "[" + repeatElement(pair, count: 5_000).joined(separator: ",") + "]"
        let large = JSONValue.array((0..<10_000).map { .integer($0) })
        let error = #expect(throws: PatchError.self) { try patched(["a": large], patch) }
        #expect(error?.refusal.code == 413)
    }

    @Test func `values do not nest without end`() throws {
        let patch =
            "[" + repeatElement(#"{"op":"copy","from":"/a","path":"/a/a"}"#, count: 300).joined(separator: ",") + "]"
        let error = #expect(throws: PatchError.self) { try patched(["a": ["a": 1]], patch) }
        #expect(error?.refusal.code == 413)
    }

    @Test(arguments: [
        (#"{"a":{"b":null},"list":null,"n":{"x":null,"y":1}}"#, #"{"a":{"c/d":"x","e~f":"y"},"n":{"y":1}}"#),
        (#"{"a":[1],"list":{"x":1}}"#, #"{"a":[1],"list":{"x":1}}"#),
    ])
    func `a merge patch takes out what is null`(patch: String, result: String) throws {
        let patched = try ObjectPatch(.merge, json: Array(patch.utf8)).applied(
            to: Self.object,
            message: PatchSchema.message,
            table: PatchSchema.table
        )
        #expect(patched == (try JSONValue(json: Array(result.utf8))))
    }

    @Test func `random patches are applied or refused`() {
        var random = SeededGenerator()
        let paths = [
            "", "/", "/a", "/a/b", "/list", "/list/0", "/list/-", "/list/-1", "/list/9", "/x", "/a/b/c", "/~", "/a/~2",
        ]
        let names = ["add", "remove", "replace", "move", "copy", "test"]
        let values: [JSONValue] = [1, "x", .null, ["k": 1], [1], .number("1e999"), .number("-0")]
        for _ in 0..<1_000 {
            var operations: [JSONValue] = []
            for _ in 0..<Int.random(in: 0..<8, using: &random) {
                operations.append([
                    "op": .string(random.pick(names) ?? ""), "path": .string(random.pick(paths) ?? ""),
                    "from": .string(random.pick(paths) ?? ""), "value": random.pick(values) ?? .null,
                ])
            }
            for kind in PatchKind.allCases {
                let body = kind == .json ? JSONValue.array(operations) : operations.first ?? [:]
                guard let patch = try? ObjectPatch(kind, body) else { continue }
                _ = try? patch.applied(to: Self.object, message: PatchSchema.message, table: PatchSchema.table)
            }
        }
    }
}
