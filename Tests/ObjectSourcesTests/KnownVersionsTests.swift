import KubernetesAPI
import KubernetesClient
import Testing

@testable import ObjectSources

@Suite("What a list changes")
struct KnownVersionsTests {
    private func service(_ name: String, at version: String) -> Service {
        Service(metadata: ObjectMeta(name: name, namespace: "default", resourceVersion: version))
    }

    private func texts(_ changes: [(name: ObjectName, object: Service?)]) -> [String] {
        changes.map { "\($0.object == nil ? "-" : "+")\($0.name.name)" }
    }

    @Test("A list tells what is new, what has another version, and what is gone")
    func list() {
        var known = KnownVersions()
        let first = known.changes(
            of: .replaced([service("a", at: "1"), service("b", at: "1")], version: "9", unreadable: [])
        )
        #expect(texts(first) == ["+a", "+b"])
        let second = known.changes(
            of: .replaced([service("b", at: "1"), service("c", at: "1")], version: "9", unreadable: [])
        )
        #expect(texts(second) == ["+c", "-a"])
        let third = known.changes(
            of: .replaced([service("b", at: "2"), service("c", at: "1")], version: "9", unreadable: [])
        )
        #expect(texts(third) == ["+b"])
    }

    @Test("An object that cannot be read is not gone")
    func unreadable() {
        var known = KnownVersions()
        _ = known.changes(of: .replaced([service("a", at: "1")], version: "9", unreadable: []))
        let error = ObjectError(namespace: "default", name: "a", reason: "x")
        let changes: [(name: ObjectName, object: Service?)] = known.changes(
            of: .replaced([], version: "9", unreadable: [error])
        )
        #expect(texts(changes).isEmpty)
    }

    @Test("An object that was never known is not deleted")
    func unknownDeletion() {
        var known = KnownVersions()
        let changes: [(name: ObjectName, object: Service?)] = known.changes(
            of: .deleted(namespace: "default", name: "a")
        )
        #expect(changes.isEmpty)
    }
}
