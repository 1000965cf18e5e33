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
        #expect(Set(table.replaceAll(list, version: "65").map(\.name.name)) == ["old", "gone", "more"])
        #expect(Set(table.objects(in: "a").map(\.metadata.name)) == ["kept", "more", "new"])
        // Another list that is older than the answer.
        #expect(table.replaceAll(list, version: "69").isEmpty)
        #expect(table.replaceAll(list, version: "70").map(\.name.name) == ["new"])
    }

    @Test("An answer that a list is newer than does not bring back what is not in the list, nor keep it")
    func answersBeforeList() {
        var table = ObjectTable<Pod>()
        _ = table.put(pod("made", version: 7), isAnswer: true)
        // Its objects are older than the answer, but the list is not: the pod went in between.
        #expect(Set(table.replaceAll([pod("kept", version: 4)], version: "9").map(\.name.name)) == ["kept", "made"])
        #expect(table.put(pod("late", version: 8), isAnswer: true) == nil)
        #expect(table.put(pod("kept", version: 6), isAnswer: true) == nil)
        #expect(table.put(pod("new", version: 10), isAnswer: true) != nil)
        #expect(table.put(pod("told", version: 10)) != nil)
    }

    @Test("However many objects go, those that went last do not come back with a late answer")
    func manyDeletions() {
        var table = ObjectTable<Pod>()
        for index in 0..<10_000 {
            _ = table.put(pod("p\(index)", version: index + 1))
            _ = table.remove(ObjectName(namespace: "a", name: "p\(index)"))
            let last = max(0, index - 1000)
            #expect(table.put(pod("p\(last)", version: last + 1), isAnswer: true) == nil)
        }
        #expect(table.count == 0)
    }
}
