import SeededTesting
import Controllers
import JSON
import KubernetesAPI
import KubernetesClient
import Testing

@Suite("What belongs to nobody any more")
struct OwnerGraphTests {
    private static let kinds = [
        ResourceType(group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true),
        ResourceType(group: "apps", version: "v1", kind: "ReplicaSet", plural: "replicasets", namespaced: true),
        ResourceType(group: "", version: "v1", kind: "Node", plural: "nodes", namespaced: false),
    ]

    private func object(
        _ name: String,
        namespace: String? = "a",
        version: Int = 1,
        owners: [OwnerReference] = [],
        finalizers: [String] = [],
        isDeleted: Bool = false
    ) -> PartialMetadata {
        PartialMetadata(
            metadata: ObjectMeta(
                name: name,
                namespace: namespace,
                uid: "u-\(name)",
                resourceVersion: "\(version)",
                deletionTimestamp: isDeleted ? Timestamp(seconds: 1) : nil
            ),
            owners: owners,
            finalizers: finalizers
        )
    }

    private func set(_ name: String, blocks: Bool = false) -> OwnerReference {
        OwnerReference(
            apiVersion: "apps/v1",
            kind: "ReplicaSet",
            name: name,
            uid: "u-\(name)",
            blocksDeletion: blocks
        )
    }

    /// What is done about an object, where the server has none of the owners that are not known.
    private func actions(_ graph: inout OwnerGraph, _ uid: String) -> [OwnerGraph.Action] {
        for owner in graph.step(for: uid).unknownOwners { graph.learnAbsent(owner) }
        return graph.step(for: uid).actions
    }

    @Test("An owner that went while the server was asked for it does not come back with the answer")
    func lateAnswer() {
        var graph = OwnerGraph(kinds: Self.kinds)
        _ = graph.put(object("pod", owners: [set("rs")]), kind: 0)
        #expect(graph.step(for: "u-pod").unknownOwners.count == 1)
        _ = graph.put(object("rs"), kind: 1)
        _ = graph.remove(ObjectName(namespace: "a", name: "rs"), kind: 1)
        #expect(graph.learn(object("rs"), kind: 1).isEmpty)
        #expect(graph.identity(of: "u-rs") == nil)
        #expect(!actions(&graph, "u-pod").isEmpty)
    }

    @Test(
        "An owner that is not in a list does not come back with an answer from before the list",
        arguments: [true, false]
    )
    func answerBeforeList(isKnown: Bool) {
        var graph = OwnerGraph(kinds: Self.kinds)
        if isKnown { _ = graph.put(object("rs", version: 2), kind: 1) }
        _ = graph.put(object("pod", owners: [set("rs")]), kind: 0)
        _ = graph.replaceAll([], version: "5", kind: 1)
        #expect(graph.learn(object("rs", version: 4), kind: 1).isEmpty)
        #expect(graph.identity(of: "u-rs") == nil)
        #expect(!actions(&graph, "u-pod").isEmpty)
    }

    @Test(
        "An owner that was asked for stays until the watch tells of it, whatever it tells of an earlier one of the name"
    )
    func answerBeforeWatch() {
        var graph = OwnerGraph(kinds: Self.kinds)
        let name = ObjectName(namespace: "a", name: "rs")
        var earlier = object("rs", version: 2)
        earlier.metadata.uid = "u-earlier"
        _ = graph.put(object("pod", owners: [set("rs")]), kind: 0)
        _ = graph.learn(object("rs", version: 7), kind: 1)
        _ = graph.put(earlier, kind: 1)
        _ = graph.remove(name, kind: 1)
        _ = graph.replaceAll([], version: "6", kind: 1)
        #expect(graph.identity(of: "u-rs") != nil)
        _ = graph.put(object("rs", version: 7), kind: 1)
        #expect(graph.remove(name, kind: 1) == ["u-pod"])
    }

    @Test("An object goes in the background when its owner is gone, and not before the server was asked")
    func background() {
        var graph = OwnerGraph(kinds: Self.kinds)
        _ = graph.put(object("rs"), kind: 1)
        #expect(graph.put(object("pod", owners: [set("rs")]), kind: 0) == ["u-pod"])
        #expect(graph.step(for: "u-pod") == OwnerGraph.Step())
        #expect(graph.remove(ObjectName(namespace: "a", name: "rs"), kind: 1) == ["u-pod"])
        #expect(graph.step(for: "u-pod").actions.isEmpty)
        #expect(graph.step(for: "u-pod").unknownOwners.map(\.uid) == ["u-rs"])
        let options = ClusterWrite.DeleteOptions(
            uid: "u-pod",
            resourceVersion: "1",
            propagationPolicy: "Background"
        )
        let identity = OwnerGraph.Identity(kind: 0, name: ObjectName(namespace: "a", name: "pod"))
        #expect(actions(&graph, "u-pod") == [.delete(identity, options)])
    }

    @Test("An object with an owner left stays, and forgets those that are gone")
    func oneOwnerLeft() throws {
        var graph = OwnerGraph(kinds: Self.kinds)
        _ = graph.put(object("rs"), kind: 1)
        _ = graph.put(object("pod", owners: [set("gone"), set("rs")]), kind: 0)
        guard case .patch(_, let patch) = try #require(actions(&graph, "u-pod").first) else {
            Issue.record("it is not deleted")
            return
        }
        #expect(patch[path: "metadata", "ownerReferences"]?.array?.compactMap { $0["name"]?.string } == ["rs"])
        #expect(patch[path: "metadata", "resourceVersion"] == "1")
    }

    @Test("In the foreground an owner waits for those dependents that block it")
    func foreground() throws {
        var graph = OwnerGraph(kinds: Self.kinds)
        _ = graph.put(object("rs"), kind: 1)
        _ = graph.put(object("pod", owners: [set("rs", blocks: true)]), kind: 0)
        _ = graph.put(object("loose", owners: [set("rs")]), kind: 0)
        let deleted = object("rs", version: 2, finalizers: ["foregroundDeletion"], isDeleted: true)
        #expect(graph.put(deleted, kind: 1) == ["u-rs", "u-pod", "u-loose"])
        #expect(graph.step(for: "u-rs").actions.isEmpty)
        #expect(graph.step(for: "u-rs").looks == ["u-pod"])
        for uid in ["u-pod", "u-loose"] {
            guard case .delete = try #require(graph.step(for: uid).actions.first) else {
                Issue.record("dependents go")
                return
            }
        }
        #expect(graph.remove(ObjectName(namespace: "a", name: "pod"), kind: 0) == ["u-rs"])
        guard case .patch(_, let patch) = try #require(graph.step(for: "u-rs").actions.first) else { return }
        #expect(patch[path: "metadata", "finalizers"] == .null)
    }

    @Test("Orphans lose the reference before their owner goes")
    func orphan() {
        var graph = OwnerGraph(kinds: Self.kinds)
        _ = graph.put(object("pod", owners: [set("rs")]), kind: 0)
        _ = graph.put(object("rs", finalizers: ["orphan", "mine"], isDeleted: true), kind: 1)
        let patches = graph.step(for: "u-rs").actions.map { action -> JSONValue? in
            guard case .patch(_, let patch) = action else { return nil }
            return patch["metadata"]
        }
        #expect(patches.count == 2)
        #expect(patches.first??["ownerReferences"] == .null)
        #expect(patches.last??["finalizers"] == ["mine"])
    }

    @Test("An owner in another namespace is none; an object without a namespace with one that has is left alone")
    func namespaces() {
        var graph = OwnerGraph(kinds: Self.kinds)
        _ = graph.put(object("rs", namespace: "b"), kind: 1)
        _ = graph.put(object("pod", owners: [set("rs")]), kind: 0)
        _ = graph.put(object("node", namespace: nil, owners: [set("rs")]), kind: 2)
        #expect(graph.step(for: "u-pod").events.map(\.reason) == ["OwnerRefInvalidNamespace"])
        #expect(actions(&graph, "u-pod").count == 1)
        #expect(graph.step(for: "u-node").events.map(\.reason) == ["OwnerRefInvalidNamespace"])
        #expect(actions(&graph, "u-node").isEmpty)
    }

    @Test("An owner of a kind that nobody follows keeps its dependents")
    func unknownKind() {
        var graph = OwnerGraph(kinds: Self.kinds)
        let owner = OwnerReference(apiVersion: "example.com/v1", kind: "Thing", name: "t", uid: "u-t")
        _ = graph.put(object("pod", owners: [owner, set("gone")]), kind: 0)
        #expect(actions(&graph, "u-pod").isEmpty)
    }

    @Test("In random histories nothing goes whose owner is there, and in the end nothing stays whose owners are gone")
    func histories() {
        var random = SeededGenerator()
        for _ in 0..<60 {
            var cluster = OwnedObjects(kinds: Self.kinds)
            for _ in 0..<150 {
                cluster.step(&random)
                #expect(cluster.mistakes == [], "seed \(random.seed)")
            }
            cluster.finish()
            #expect(cluster.mistakes == [], "seed \(random.seed)")
            #expect(cluster.ownerless == [], "seed \(random.seed)")
        }
    }
}
