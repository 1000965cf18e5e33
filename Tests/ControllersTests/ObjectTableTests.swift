import Controllers
import KubernetesAPI
import KubernetesClient
import Testing

@Suite("Object table")
struct ObjectTableTests {
    private func pod(_ name: String, version: Int, phase: String = "") -> Pod {
        Pod(metadata: ObjectMeta(name: name, namespace: "a", resourceVersion: "\(version)"), phase: phase)
    }

    @Test("An older state never takes the place of a newer one")
    func older() {
        var table = ObjectTable<Pod>()
        #expect(table.put(pod("p", version: 5, phase: "Running")) != nil)
        #expect(table.put(pod("p", version: 4, phase: "Pending")) == nil)
        #expect(table.put(pod("p", version: 5, phase: "Pending")) == nil)
        #expect(table["a", "p"]?.phase == "Running")
        #expect(table.put(pod("p", version: 6))?.old?.phase == "Running")
    }

    @Test("An answer that comes after the object was seen to go does not bring it back")
    func ghost() {
        var table = ObjectTable<Pod>()
        _ = table.put(pod("p", version: 5))
        #expect(table.remove(ObjectName(namespace: "a", name: "p"), at: 9) != nil)
        #expect(table.put(pod("p", version: 7)) == nil)
        #expect(table.put(pod("p", version: 12)) != nil)
        #expect(table.objects(in: "a").count == 1)
    }

    @Test("A list takes away what is not in it, but for what was written after it was made")
    func list() {
        var table = ObjectTable<Pod>()
        for (name, version) in [("old", 3), ("kept", 4), ("new", 20)] { _ = table.put(pod(name, version: version)) }
        let changes = table.replaceAll(
            [pod("kept", version: 4), pod("more", version: 10)],
            keeping: []
        )
        #expect(Set(changes.map(\.name.name)) == ["old", "more"])
        #expect(Set(table.objects(in: "a").map(\.metadata.name)) == ["kept", "more", "new"])
    }
}
