import SeededTesting
import APISchema
import JSON
import Testing

@testable import APIRegistry

@Suite struct StrategicMergeTests {
    private func patched(_ object: String, _ patch: String) throws -> JSONValue {
        try ObjectPatch(.strategicMerge, json: Array(patch.utf8)).applied(
            to: JSONValue(json: Array(object.utf8)),
            message: PatchSchema.message,
            table: PatchSchema.table
        )
    }

    private func expect(_ object: String, _ patch: String, _ result: String) throws {
        #expect(try patched(object, patch) == JSONValue(json: Array(result.utf8)))
    }

    @Test func `objects are merged and null deletes`() throws {
        try expect(
            #"{"metadata":{"name":"a","labels":{"x":"1","y":"2"}}}"#,
            #"{"metadata":{"labels":{"y":null,"z":"3","w":null}}}"#,
            #"{"metadata":{"name":"a","labels":{"x":"1","z":"3"}}}"#
        )
    }

    @Test func `nulls of an object that was not there are dropped`() throws {
        try expect(#"{}"#, #"{"metadata":{"labels":{"a":null,"b":"1"}}}"#, #"{"metadata":{"labels":{"b":"1"}}}"#)
    }

    @Test func `lists of objects are merged by key`() throws {
        try expect(
            #"{"spec":{"ports":[{"port":80,"name":"http"},{"port":443,"name":"https"}]}}"#,
            #"{"spec":{"ports":[{"port":443,"protocol":"UDP"},{"port":53,"name":"dns"}]}}"#,
            #"{"spec":{"ports":[{"port":80,"name":"http"},{"port":443,"name":"https","protocol":"UDP"},"#
                + #"{"port":53,"name":"dns"}]}}"#
        )
    }

    @Test func `lists within elements of lists are merged too, new elements first`() throws {
        try expect(
            #"{"spec":{"containers":[{"name":"a","args":["x"],"ports":[{"port":1}]}]}}"#,
            #"{"spec":{"containers":[{"name":"a","args":["y"],"ports":[{"port":2}]}]}}"#,
            #"{"spec":{"containers":[{"name":"a","args":["y"],"ports":[{"port":2},{"port":1}]}]}}"#
        )
    }

    @Test func `an element is deleted by its key`() throws {
        try expect(
            #"{"spec":{"ports":[{"port":80},{"port":443}]}}"#,
            #"{"spec":{"ports":[{"port":80,"$patch":"delete"}]}}"#,
            #"{"spec":{"ports":[{"port":443}]}}"#
        )
    }

    @Test func `a list may be replaced`() throws {
        try expect(
            #"{"spec":{"ports":[{"port":80},{"port":443}]}}"#,
            #"{"spec":{"ports":[{"$patch":"replace"},{"port":1}]}}"#,
            #"{"spec":{"ports":[{"port":1}]}}"#
        )
    }

    @Test func `an object may be replaced or emptied`() throws {
        try expect(
            #"{"spec":{"selector":{"a":"1"}}}"#,
            #"{"spec":{"selector":{"$patch":"replace","b":"2"}}}"#,
            #"{"spec":{"selector":{"b":"2"}}}"#
        )
        try expect(
            #"{"spec":{"selector":{"a":"1"}}}"#,
            #"{"spec":{"selector":{"$patch":"delete"}}}"#,
            #"{"spec":{"selector":{}}}"#
        )
    }

    @Test func `a field that is replaced as a whole is not merged`() throws {
        try expect(
            #"{"spec":{"source":{"type":"a"},"command":["x"],"tolerations":[{"uid":"1"}]}}"#,
            #"{"spec":{"source":{"rollingUpdate":{}},"command":["y"],"tolerations":[{"uid":"2"}]}}"#,
            #"{"spec":{"source":{"rollingUpdate":{}},"command":["y"],"tolerations":[{"uid":"2"}]}}"#
        )
    }

    @Test func `retainKeys takes out what it does not name`() throws {
        try expect(
            #"{"spec":{"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":"1"}}}}"#,
            #"{"spec":{"strategy":{"$retainKeys":["type"],"type":"Recreate"}}}"#,
            #"{"spec":{"strategy":{"type":"Recreate"}}}"#
        )
        #expect(throws: PatchError(.malformed, "invalid patch format of retainKeys")) {
            try patched(#"{"spec":{"strategy":{}}}"#, #"{"spec":{"strategy":{"$retainKeys":[],"type":"x"}}}"#)
        }
    }

    @Test func `plain values are added to a list and taken from it`() throws {
        try expect(
            #"{"metadata":{"finalizers":["a","b"]}}"#,
            #"{"metadata":{"finalizers":["c","a"]}}"#,
            #"{"metadata":{"finalizers":["c","a","b"]}}"#
        )
        try expect(
            #"{"metadata":{"finalizers":["a","b","c"]}}"#,
            #"{"metadata":{"$deleteFromPrimitiveList/finalizers":["b","z"]}}"#,
            #"{"metadata":{"finalizers":["a","c"]}}"#
        )
    }

    @Test func `setElementOrder orders what it names and keeps the others where they were`() throws {
        try expect(
            #"{"spec":{"ports":[{"port":1},{"port":2},{"port":3},{"port":4}]}}"#,
            #"{"spec":{"$setElementOrder/ports":[{"port":4},{"port":1},{"port":5}],"ports":[{"port":5}]}}"#,
            #"{"spec":{"ports":[{"port":2},{"port":3},{"port":4},{"port":1},{"port":5}]}}"#
        )
        try expect(
            #"{"metadata":{"finalizers":["a","b","c"]}}"#,
            #"{"metadata":{"$setElementOrder/finalizers":["c","a"],"$deleteFromPrimitiveList/finalizers":["b"]}}"#,
            #"{"metadata":{"finalizers":["c","a"]}}"#
        )
        try expect(
            #"{"spec":{"ports":[{"port":1},{"port":2}]}}"#,
            #"{"spec":{"$setElementOrder/ports":[{"port":2}],"ports":[{"port":1,"$patch":"delete"}]}}"#,
            #"{"spec":{"ports":[{"port":2}]}}"#
        )
    }

    @Test(
        arguments: [
            // What a server added stays before what is new, where something else goes.
            ([1, 4], [2, 3], [2, 3], [1], [4, 2, 3]),
            // With nothing deleted, what is new comes first.
            ([9], [1, 8], [1], [], [1, 9]),
            ([1, 2, 7, 9, 8, 3, 4], [2, 1, 4, 3], [], [], [2, 1, 7, 9, 8, 4, 3]),
            ([1, 2], [4, 1, 2, 3], [4, 3], [], [4, 1, 2, 3]),
            ([1, 3], [3, 2, 1], [3, 1], [], [3, 1]),
            ([], [1, 2], [1, 2], [], [1, 2]),
        ] as [([Int], [Int], [Int], [Int], [Int])]
    )
    func `lists are in upstream's order`(
        present: [Int],
        order: [Int],
        changes: [Int],
        deleted: [Int],
        result: [Int]
    ) throws {
        let ports = { (numbers: [Int]) in JSONValue.array(numbers.map { ["port": .integer($0)] }) }
        let deletions = deleted.map { ["$patch": "delete", "port": .integer($0)] as JSONValue }
        var spec: JSONValue = ["$setElementOrder/ports": ports(order)]
        if !changes.isEmpty || !deleted.isEmpty { spec["ports"] = .array((ports(changes).array ?? []) + deletions) }
        let patched = try ObjectPatch(.strategicMerge, ["spec": spec]).applied(
            to: ["spec": present.isEmpty ? [:] : ["ports": ports(present)]],
            message: PatchSchema.message,
            table: PatchSchema.table
        )
        #expect(patched["spec"]?["ports"] == ports(result))
    }

    @Test func `an element that setElementOrder does not name is refused`() {
        #expect(throws: PatchError.self) {
            try patched(
                #"{"spec":{"ports":[{"port":1}]}}"#,
                #"{"spec":{"$setElementOrder/ports":[{"port":1}],"ports":[{"port":2}]}}"#
            )
        }
    }

    @Test(arguments: [
        #"{"spec":{"ports":[{"name":"x"}]}}"#,
        #"{"spec":{"$patch":"merge"}}"#,
        #"{"spec":{"ports":[{"port":1,"$patch":"what"}]}}"#,
        #"{"spec":{"ports":[1]}}"#,
        #"{"spec":{"ports":[[1]]}}"#,
        #"{"spec":{"$setElementOrder/ports":{}}}"#,
        #"{"metadata":{"$deleteFromPrimitiveList/finalizers":"a"}}"#,
        #"{"spec":{"strategy":{"$retainKeys":{}}}}"#,
        "[]", "1", "{", "",
    ])
    func `wrong patches are refused, and never with a server's error`(patch: String) throws {
        let error = #expect(throws: PatchError.self) {
            try patched(#"{"metadata":{"finalizers":["x"]},"spec":{"ports":[{"port":1}],"strategy":{}}}"#, patch)
        }
        #expect((400..<500).contains(error?.refusal.code ?? 0))
    }

    @Test func `directives of what was not there leave nothing behind`() throws {
        try expect(
            #"{}"#,
            #"{"spec":{"ports":[{"port":1},{"port":2,"$patch":"delete"}],"selector":{"$patch":"delete"},"#
                + #""$setElementOrder/ports":[{"port":1}],"strategy":{"$retainKeys":["type"],"type":"x"}}}"#,
            #"{"spec":{"ports":[{"port":1}],"strategy":{"type":"x"}}}"#
        )
    }

    @Test func `applying a diff gives the modified object`() throws {
        var random = SeededGenerator()
        for _ in 0..<400 {
            var things = RandomThing(random: random)
            let (original, modified) = (things.object(), things.object())
            random = things.random
            let patch = StrategicDiff(table: PatchSchema.table).patch(from: original, to: modified)
            let result = try ObjectPatch(.strategicMerge, patch).applied(
                to: original,
                message: PatchSchema.message,
                table: PatchSchema.table
            )
            #expect(result == modified, "\(random) \(String(decoding: patch.json, as: UTF8.self))")
        }
    }

    @Test func `patches with directives anywhere are applied or refused`() throws {
        var random = SeededGenerator()
        for _ in 0..<600 {
            var things = RandomThing(random: random)
            let (original, other) = (things.object(), things.object())
            var patch = StrategicDiff(table: PatchSchema.table).patch(from: original, to: other)
            random = things.random
            for _ in 0..<Int.random(in: 1...3, using: &random) { PatchMutator.mutate(&patch, using: &random) }
            let result = try? ObjectPatch(.strategicMerge, patch).applied(
                to: original,
                message: PatchSchema.message,
                table: PatchSchema.table
            )
            if let result { #expect(result.object != nil, "\(random)") }
        }
    }

    @Test func `large lists take no longer than to read them`() throws {
        let ports = (0..<8_000).map { JSONValue.object(["port": .integer($0)].asObject) }
        let patch: JSONValue = [
            "spec": ["ports": .array(ports.reversed()), "$setElementOrder/ports": .array(ports.reversed())]
        ]
        let result = try ObjectPatch(.strategicMerge, patch).applied(
            to: ["spec": ["ports": .array(ports)]],
            message: PatchSchema.message,
            table: PatchSchema.table
        )
        #expect(result["spec"]?["ports"] == .array(ports.reversed()))
    }
}

extension Dictionary where Key == String, Value == JSONValue {
    fileprivate var asObject: JSONObject {
        var object = JSONObject()
        for (name, value) in self { object[name] = value }
        return object
    }
}
