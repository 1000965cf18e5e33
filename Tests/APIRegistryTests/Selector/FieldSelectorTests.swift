import JSON
import Testing

@testable import APIRegistry

@Suite struct FieldSelectorTests {
    private func fields(_ field: String) -> String? {
        ["metadata.name": "web", "spec.clusterIP": "None", "odd": "a,b=c\\d"][field]
    }

    @Test(arguments: [
        ("", true),
        ("metadata.name=web", true),
        ("metadata.name==web", true),
        ("metadata.name!=web", false),
        ("spec.clusterIP!=None", false),
        ("metadata.name=web,spec.clusterIP=None", true),
        ("metadata.name=web,spec.clusterIP=10.0.0.1", false),
        ("missing=", true),
        ("odd=a\\,b\\=c\\\\d", true),
        (",,metadata.name=web,", true),
    ])
    func `objects are selected by their fields`(text: String, isSelected: Bool) throws {
        let selector = try FieldSelector(parsing: text)
        #expect(selector.matches(fields) == isSelected)
        #expect(try FieldSelector(parsing: selector.description) == selector)
    }

    @Test(arguments: [
        ("foo", "invalid selector: 'foo'; can't understand 'foo'"),
        ("a=b=c", "invalid field selector: unescaped character in value: 61"),
        ("a=\\x", "invalid field selector: invalid escape sequence: \\x"),
        ("a=b\\", "invalid field selector: invalid escape sequence: \\"),
    ])
    func `what is no selector is refused in upstream's words`(text: String, message: String) {
        #expect(throws: SelectorError(message)) { try FieldSelector(parsing: text) }
    }

    @Test func `the value that a field must have is known`() throws {
        let selector = try FieldSelector(parsing: "metadata.name=n0,metadata.namespace!=x")
        #expect(selector.required("metadata.name") == "n0")
        #expect(selector.required("metadata.namespace") == nil)
        #expect(selector.isOfNamesOnly)
    }
}
