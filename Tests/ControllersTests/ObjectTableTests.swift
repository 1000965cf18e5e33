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

    private let name = ObjectName(namespace: "a", name: "p")

    @Test("An answer that comes after the object was seen to go does not bring it back")
    func ghost() {
        var table = ObjectTable<Pod>()
        _ = table.put(pod("p", version: 5))
        #expect(table.remove(name) != nil)
        #expect(table.put(pod("p", version: 5), isAnswer: true) == nil)
        #expect(table.put(pod("p", version: 12)) != nil)
        #expect(table.objects(in: "a").count == 1)
    }

    @Test("A watch that lags does not take away what was made since, and does when it has come to it")
    func lag() {
        var table = ObjectTable<Pod>()
        _ = table.put(pod("p", version: 12), isAnswer: true)
        // An earlier pod of the name, that was made and deleted by somebody else.
        #expect(table.put(pod("p", version: 10)) == nil)
        #expect(table.remove(name) == nil)
        #expect(table["a", "p"] != nil)
        #expect(table.put(pod("p", version: 12)) == nil)
        #expect(table.remove(name) != nil)
    }

    @Test("An object whose deletion was answered counts as going, until the server tells more")
    func going() {
        var table = ObjectTable<Pod>()
        let now = Timestamp(seconds: 1_800_000_000)
        var known = pod("p", version: 5)
        known.metadata.uid = "u"
        _ = table.put(known)
        #expect(table.markGoing(name, uid: "another", now: now) == nil)
        #expect(table.markGoing(name, uid: "u", now: now)?.new?.isTerminating == true)
        #expect(table.markGoing(name, uid: "u", now: now) == nil)
        #expect(table.put(pod("p", version: 6))?.old?.isTerminating == true)
        #expect(table["a", "p"]?.isTerminating == false)
    }

    @Test("A list takes away what is not in it, however new it was, but for what we wrote ahead of it")
    func list() {
        var table = ObjectTable<Pod>()
        for (name, version) in [("old", 3), ("kept", 4), ("gone", 60)] { _ = table.put(pod(name, version: version)) }
        _ = table.put(pod("new", version: 70), isAnswer: true)
        let list = [pod("kept", version: 4), pod("more", version: 10)]
        #expect(Set(table.replaceAll(list).map(\.name.name)) == ["old", "gone", "more"])
        #expect(Set(table.objects(in: "a").map(\.metadata.name)) == ["kept", "more", "new"])
        #expect(table.replaceAll(list).map(\.name.name) == ["new"])
    }
}
