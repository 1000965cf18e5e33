import KubernetesAPI
import Testing

@Suite("FieldPath")
struct FieldPathTests {
    @Test(
        "a path prints as it is written",
        arguments: ["", "kind", "spec.ports[0].port", "metadata.labels[app.kubernetes.io/name]", "items[3].spec"]
    )
    func printing(text: String) {
        #expect(FieldPath(stringLiteral: text).description == text)
    }

    @Test("a path that is built equals the one that is written")
    func building() {
        #expect(FieldPath("spec.ports")[0].field("port") == "spec.ports[0].port")
        #expect(FieldPath("metadata.labels")[key: "a.b/c"] == "metadata.labels[a.b/c]")
    }

    @Test("odd literals come to an end", arguments: ["[", "]", ".", "..", "a[", "a]b", "[[0]]", "a..b", "[]"])
    func oddLiterals(text: String) {
        #expect(FieldPath(stringLiteral: text).elements.count < 5)
    }
}
