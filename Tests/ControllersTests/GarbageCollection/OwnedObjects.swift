import SeededTesting
import Controllers
import JSON
import KubernetesAPI
import KubernetesClient

/// A server with objects that own each other, and a collector that learns of them late.
struct OwnedObjects {
    private struct Stored {
        var identity: OwnerGraph.Identity
        var object: PartialMetadata
    }

    private let kinds: [ResourceType]
    private var graph: OwnerGraph
    private var server: [String: Stored] = [:]
    private var everSeen: [OwnerReference] = []
    /// What the watch of each kind has still to tell.
    private var news: [[(name: ObjectName, object: PartialMetadata?)]]
    /// Everything that ever was, which answers may tell of that are long under way.
    private var past: [Stored] = []
    private var queue: [String] = []
    private var version = 0
    private(set) var mistakes: [String] = []

    init(kinds: [ResourceType]) {
        self.kinds = kinds
        graph = OwnerGraph(kinds: kinds)
        news = kinds.map { _ in [] }
    }

    /// Objects all of whose owners are gone.
    var ownerless: [String] {
        server.values.filter { !$0.object.owners.isEmpty && !hasOwner($0) }.map { "\($0.object)" }
    }

    private func hasOwner(_ stored: Stored) -> Bool {
        stored.object.owners.contains { owner in
            guard let present = server[owner.uid] else { return false }
            let isNamespaced = kinds[present.identity.kind].namespaced
            return !isNamespaced || present.identity.name.namespace == stored.identity.name.namespace
        }
    }

    mutating func step(_ random: inout SeededGenerator) {
        switch Int.random(in: 0..<12, using: &random) {
        case 0..<4: create(&random)
        case 4: delete(&random)
        case 5..<8:
            let kind = Int.random(in: kinds.indices, using: &random)
            for _ in 0..<Int.random(in: 0..<4, using: &random) { deliver(kind) }
        case 8:
            if let late = past.randomElement(using: &random) { add(graph.learn(late.object, kind: late.identity.kind)) }
        case 9 where Int.random(in: 0..<4, using: &random) == 0:
            list(Int.random(in: kinds.indices, using: &random))
        default: for _ in 0..<Int.random(in: 0..<4, using: &random) { work() }
        }
    }

    /// Lets everything come to rest.
    mutating func finish() {
        for _ in 0..<100_000 {
            if let kind = news.firstIndex(where: { !$0.isEmpty }) {
                deliver(kind)
            } else if !queue.isEmpty {
                work()
            } else {
                return
            }
        }
        mistakes.append("it never comes to rest")
    }

    private mutating func create(_ random: inout SeededGenerator) {
        let kind = Int.random(in: kinds.indices, using: &random)
        let namespace = kinds[kind].namespaced ? ["a", "b"].randomElement(using: &random) : nil
        let name = ObjectName(namespace: namespace, name: "n\(Int.random(in: 0..<12, using: &random))")
        let identity = OwnerGraph.Identity(kind: kind, name: name)
        guard !server.values.contains(where: { $0.identity == identity }) else { return }
        var owners: [OwnerReference] = []
        for _ in 0..<([0, 0, 1, 1, 2].randomElement(using: &random) ?? 0) {
            guard var owner = everSeen.randomElement(using: &random) else { break }
            guard !owners.contains(where: { $0.uid == owner.uid }) else { continue }
            // An object without a namespace may only belong to such.
            guard kinds[kind].namespaced || owner.kind == "Node" else { continue }
            owner.blocksDeletion = Bool.random(using: &random)
            owners.append(owner)
        }
        let uid = "u\(version)"
        let metadata = ObjectMeta(name: name.name, namespace: namespace, uid: uid)
        store(Stored(identity: identity, object: PartialMetadata(metadata: metadata, owners: owners)))
        let reference = OwnerReference(
            apiVersion: kinds[kind].apiVersion,
            kind: kinds[kind].kind,
            name: name.name,
            uid: uid
        )
        everSeen.append(reference)
    }

    private mutating func delete(_ random: inout SeededGenerator) {
        guard let uid = server.keys.sorted().randomElement(using: &random) else { return }
        let policy = ["Background", "Foreground", "Orphan"].randomElement(using: &random)
        delete(uid, policy: policy ?? "")
    }

    private mutating func delete(_ uid: String, policy: String) {
        guard var stored = server[uid] else { return }
        let finalizer = ["Foreground": "foregroundDeletion", "Orphan": "orphan"][policy]
        if stored.object.metadata.deletionTimestamp == nil {
            if let finalizer { stored.object.finalizers.append(finalizer) }
            stored.object.metadata.deletionTimestamp = Timestamp(seconds: 1)
        }
        settle(stored)
    }

    private mutating func settle(_ stored: Stored) {
        if stored.object.metadata.deletionTimestamp != nil, stored.object.finalizers.isEmpty {
            version += 1
            server[stored.object.metadata.uid] = nil
            news[stored.identity.kind].append((stored.identity.name, nil))
        } else {
            store(stored)
        }
    }

    private mutating func store(_ stored: Stored) {
        version += 1
        var stored = stored
        stored.object.metadata.resourceVersion = "\(version)"
        server[stored.object.metadata.uid] = stored
        news[stored.identity.kind].append((stored.identity.name, stored.object))
        past.append(stored)
    }

    private mutating func deliver(_ kind: Int) {
        guard !news[kind].isEmpty else { return }
        let (name, object) = news[kind].removeFirst()
        add(object.map { graph.put($0, kind: kind) } ?? graph.remove(name, kind: kind))
    }

    /// The watch broke off, and its kind is listed anew.
    private mutating func list(_ kind: Int) {
        news[kind] = []
        let present = server.values.filter { $0.identity.kind == kind }.map(\.object)
        add(graph.replaceAll(present, version: "\(version)", kind: kind))
    }

    private mutating func add(_ uids: some Sequence<String>) {
        for uid in uids.sorted() where !queue.contains(uid) { queue.append(uid) }
    }

    private mutating func work() {
        guard !queue.isEmpty else { return }
        let uid = queue.removeFirst()
        var step = graph.step(for: uid)
        for _ in 0..<8 where !step.unknownOwners.isEmpty {
            for owner in step.unknownOwners {
                if let live = server[owner.uid], live.identity == owner.identity {
                    add(graph.learn(live.object, kind: live.identity.kind))
                } else {
                    graph.learnAbsent(owner)
                }
            }
            step = graph.step(for: uid)
        }
        for action in step.actions {
            guard perform(action) else {
                add([uid])
                break
            }
        }
        add(step.looks)
    }

    /// - Returns: Whether the server did it.
    private mutating func perform(_ action: OwnerGraph.Action) -> Bool {
        switch action {
        case .delete(let identity, let options):
            guard let stored = server.values.first(where: { $0.identity == identity }) else { return true }
            guard stored.object.metadata.uid == options.uid,
                stored.object.metadata.resourceVersion == options.resourceVersion
            else { return false }
            let owners = stored.object.owners.compactMap { server[$0.uid] }.filter {
                $0.identity.name.namespace == nil || $0.identity.name.namespace == identity.name.namespace
            }
            if owners.contains(where: { !$0.object.finalizers.contains("foregroundDeletion") }) {
                mistakes.append("\(identity) went, though its owner is there")
            }
            delete(stored.object.metadata.uid, policy: options.propagationPolicy ?? "")
        case .patch(let identity, let patch):
            guard var stored = server.values.first(where: { $0.identity == identity }) else { return true }
            let metadata = patch["metadata"]
            guard metadata?["resourceVersion"]?.string == stored.object.metadata.resourceVersion else { return false }
            if metadata?["ownerReferences"] != nil { stored.object.owners = OwnerReference.all(in: patch) }
            if let finalizers = metadata?["finalizers"] {
                stored.object.finalizers = finalizers.array?.compactMap(\.string) ?? []
            }
            settle(stored)
        }
        return true
    }
}
