import SeededTesting
import JSON
import Testing

@testable import APIRegistry

@Suite struct LabelSelectorTests {
    @Test(
        arguments: [
            ("", [:], true),
            ("app=web", ["app": "web"], true),
            ("app==web", ["app": "web"], true),
            ("app=web", ["app": "db"], false),
            ("app=web", [:], false),
            ("app!=web", [:], true),
            ("app!=web", ["app": "web"], false),
            ("app=", ["app": ""], true),
            ("app", ["app": ""], true),
            ("!app", [:], true),
            ("! app", ["app": "x"], false),
            ("app in (a, b)", ["app": "b"], true),
            ("app in (a,b)", ["app": "c"], false),
            ("app in (,a)", ["app": ""], true),
            ("app notin (a,b)", [:], true),
            ("app notin (a,b)", ["app": "a"], false),
            ("weight>3", ["weight": "4"], true),
            ("weight>3", ["weight": "3"], false),
            ("weight<3", ["weight": "-1"], true),
            ("weight<3", ["weight": "many"], false),
            ("app=web,!canary , tier in (x)", ["app": "web", "tier": "x"], true),
            ("in=notin", ["in": "notin"], true),
        ] as [(String, [String: String], Bool)]
    )
    func `objects are selected by their labels`(text: String, labels: [String: String], isSelected: Bool) throws {
        let selector = try LabelSelector(parsing: text)
        #expect(selector.matches(labels) == isSelected)
        var object = JSONObject()
        for (name, value) in labels { object[name] = .string(value) }
        #expect(selector.matches(object) == isSelected)
        #expect(try LabelSelector(parsing: selector.description) == selector)
    }

    @Test(arguments: [
        ("a===b", "unable to parse requirement: found '=', expected: identifier"),
        ("=b", "found '=', expected: !, identifier, or 'end of string'"),
        ("a,", "found '', expected: identifier after ','"),
        ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        ("a=b c", "found 'c', expected: ',' or 'end of string'"),
        ("a in b", "unable to parse requirement: found 'b' expected: '('"),
        ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
        (
            "a in ()",
            "unable to parse requirement: values: Invalid value: []: for 'in', 'notin' operators, values set "
                + "can't be empty"
        ),
        (
            "a>b",
            "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value "
                + "must be an integer"
        ),
        ("!", "unable to parse requirement: found '', expected: identifier"),
        ("/a", "unable to parse requirement: <nil>: Invalid value: \"/a\": prefix part must be non-empty"),
        (
            "a=-b",
            "unable to parse requirement: values[0][a]: Invalid value: \"-b\": a valid label must be an empty string or "
                + "consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
                + "character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
                + "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
        ),
    ])
    func `what is no selector is refused in upstream's words`(text: String, message: String) {
        #expect(throws: SelectorError(message)) { try LabelSelector(parsing: text) }
    }

    @Test func `the words are those of a captured answer`() throws {
        let captured = try Captured("bad-selector")
        let error = #expect(throws: SelectorError.self) { try LabelSelector(parsing: "a===b") }
        #expect(error?.refusal.message == captured.body["message"]?.string)
        #expect(error?.refusal.code == captured.code)
    }

    @Test(arguments: [
        (#"{"kind":"X","metadata":{"name":"a","labels":{"app":"web","x":"\u0041"}},"spec":{}}"#, true),
        (#"{"metadata":{"labels":{"app":"web","x":"B"}}}"#, false),
        (#"{"metadata":{"labels":null}}"#, false),
        (#"{"spec":{"metadata":{"labels":{"app":"web","x":"A"}}}}"#, false),
        ("[]", false), ("", false), (#"{"metadata":{"labels":{"app":"web","x":"A""#, false),
    ])
    func `objects are selected by their bytes`(json: String, isSelected: Bool) throws {
        let selector = try LabelSelector(parsing: "app=web,x=A")
        #expect(selector.matches(objectJSON: Array(json.utf8)) == isSelected)
        #expect(LabelSelector.everything.matches(objectJSON: Array(json.utf8)))
    }

    @Test func `a selector is written canonically`() throws {
        let selector = try LabelSelector(parsing: "z in (b,a,b), !c ,a==x")
        #expect(selector.description == "a==x,!c,z in (a,b)")
    }

    @Test func `a LabelSelector object selects by both its parts`() throws {
        let selector = try LabelSelector(object: [
            "matchLabels": ["app": "web"],
            "matchExpressions": [
                ["key": "tier", "operator": "NotIn", "values": ["db", "cache"]],
                ["key": "old", "operator": "DoesNotExist"],
            ],
        ])
        #expect(selector.description == "app=web,!old,tier notin (cache,db)")
        #expect(selector.matches(["app": "web"]))
        #expect(!selector.matches(["app": "web", "tier": "db"]))
    }

    @Test func `no LabelSelector selects nothing and an empty one everything`() throws {
        #expect(try LabelSelector(object: nil).matches(["a": "b"]) == false)
        #expect(try LabelSelector(object: .null).matches([:] as [String: String]) == false)
        #expect(try LabelSelector(object: [:]).matches([:] as [String: String]))
    }

    @Test func `an unknown operator is refused`() {
        #expect(throws: SelectorError("\"Gt\" is not a valid label selector operator")) {
            try LabelSelector(object: ["matchExpressions": [["key": "a", "operator": "Gt", "values": ["1"]]]])
        }
    }

    @Test func `random texts are read or refused`() {
        var random = SeededGenerator()
        let pieces = [
            "a", "in", "notin", "(", ")", ",", "=", "==", "!=", "!", "<", ">", " ", "1", "x/y", "é", "\0", "-",
        ]
        for _ in 0..<3_000 {
            var text = ""
            for _ in 0..<Int.random(in: 0..<12, using: &random) { text += random.pick(pieces) ?? "" }
            guard let selector = try? LabelSelector(parsing: text) else { continue }
            #expect((try? LabelSelector(parsing: selector.description)) == selector, "\(random) \(text)")
        }
    }
}
