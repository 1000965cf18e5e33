import Controllers
import JSON
import KubernetesAPI
import KubernetesClient

/// A cluster without machines: a server that keeps objects, controllers that are asked as ``ControllerManager`` asks
/// them, and a clock that only tests move.
///
/// The watches of kinds may lag: then what happens to their objects is known once ``hear(_:of:)`` lets it in, and
/// before that only what the server answers to the controllers' own writes.
struct SimulatedCluster {
    struct Key: Hashable {
        var resource: ResourceType
        var name: ObjectName
    }

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// What the server refuses as one does that has moved on.
    private struct Refusal: Error {}

    private struct Work: Hashable {
        var controller: Int
        var key: ObjectName
    }

    let controllers: [any Controller]
    var state = ClusterState()
    var now = Timestamp(seconds: 1_800_000_000)
    private(set) var documents: [Key: JSONValue] = [:]
    private(set) var events: [ClusterEvent] = []
    private(set) var writeCount = 0
    private var version = 0
    /// What was stored last.
    private var last: JSONValue?
    private var made = 0
    private var ready: [Work] = []
    private var due: [Work: Timestamp] = [:]
    /// Kinds whose watches lag, with what they did not tell yet: objects, or the names of those that are gone.
    private(set) var unheard: [ResourceType: [(name: ObjectName, object: JSONValue?)]] = [:]
    private var bindings = AssumedBindings()
    /// Refuses requests with a message, where it returns one.
    var refusal: @Sendable (ClusterWrite) -> String? = { _ in nil }

    init(_ controllers: [any Controller]) {
        self.controllers = controllers
    }

    // MARK: What people and kubelets do

    subscript(_ resource: ResourceType, _ name: String) -> JSONValue? {
        documents[Key(resource: resource, name: Self.name(resource, name))]
    }

    static func name(_ resource: ResourceType, _ name: String) -> ObjectName {
        ObjectName(namespace: resource.namespaced ? "default" : nil, name: name)
    }

    mutating func create(_ resource: ResourceType, _ object: JSONValue) throws {
        var object = object
        made += 1
        if object[path: "metadata", "name"] == nil {
            let prefix = object[path: "metadata", "generateName"]?.string ?? ""
            object[path: "metadata", "name"] = .string("\(prefix)\(made)")
        }
        if resource.namespaced { object[path: "metadata", "namespace"] = "default" }
        object[path: "metadata", "uid"] = .string("uid-\(made)")
        object[path: "metadata", "creationTimestamp"] = .string(now.secondDescription)
        object[path: "metadata", "generation"] = 1
        if resource == Pod.resource, object["status"] == nil { object["status"] = ["phase": "Pending"] }
        let name = Self.name(resource, object[path: "metadata", "name"]?.string ?? "")
        guard documents[Key(resource: resource, name: name)] == nil else {
            throw Failure(description: "\(name) is there")
        }
        try store(resource, name, object)
    }

    mutating func change(_ resource: ResourceType, _ name: String, _ body: (inout JSONValue) -> Void) throws {
        guard var object = self[resource, name] else { throw Failure(description: "no \(resource.kind) \(name)") }
        let spec = object["spec"]
        body(&object)
        if object["spec"] != spec {
            let generation = object[path: "metadata", "generation"]?.integer ?? 0
            object[path: "metadata", "generation"] = .integer(generation + 1)
        }
        try store(resource, Self.name(resource, name), object)
    }

    /// Ends a pod as a client does: at once where no node has it, else once ``remove(_:_:)`` says that it ended.
    mutating func delete(_ resource: ResourceType, _ name: String) throws {
        if resource == Pod.resource, let node = self[resource, name]?[path: "spec", "nodeName"]?.string, !node.isEmpty {
            let time = now.secondDescription
            try change(resource, name) { $0[path: "metadata", "deletionTimestamp"] = .string(time) }
        } else {
            try remove(resource, name)
        }
    }

    mutating func remove(_ resource: ResourceType, _ name: String) throws {
        version += 1
        let name = Self.name(resource, name)
        documents[Key(resource: resource, name: name)] = nil
        try tell(resource, name, nil)
    }

    /// Lets a kind's watch lag from now on.
    mutating func lag(_ resource: ResourceType) {
        unheard[resource] = unheard[resource] ?? []
    }

    /// Lets a watch that lags tell what happened.
    ///
    /// - Parameter count: How many changes it tells.
    mutating func hear(_ count: Int = .max, of resource: ResourceType) throws {
        for _ in 0..<min(count, unheard[resource]?.count ?? 0) {
            guard let news = unheard[resource]?.removeFirst() else { return }
            try see(resource, news.name, news.object)
        }
    }

    private mutating func tell(_ resource: ResourceType, _ name: ObjectName, _ object: JSONValue?) throws {
        if unheard[resource] == nil {
            try see(resource, name, object)
        } else {
            unheard[resource]?.append((name, object))
        }
    }

    private mutating func see(_ resource: ResourceType, _ name: ObjectName, _ object: JSONValue?) throws {
        guard object == nil else { return try put(resource, object, isAnswer: false) }
        switch resource {
        case Pod.resource: tell(state.pods.remove(name).map { .pod($0) })
        case NodeKind.resource: tell(state.nodes.remove(name).map { .node($0) })
        case DeploymentKind.resource: tell(state.deployments.remove(name).map { .deployment($0) })
        case ReplicaSetKind.resource: tell(state.replicaSets.remove(name).map { .replicaSet($0) })
        case DaemonSetKind.resource: tell(state.daemonSets.remove(name).map { .daemonSet($0) })
        default: throw Failure(description: "unknown kind \(resource.kind)")
        }
    }

    /// A pod as its kubelet tells of it.
    mutating func setPod(_ name: String, phase: String = "Running", isReady: Bool, node: String? = nil) throws {
        let time = now.secondDescription
        try change(Pod.resource, name) { pod in
            if let node { pod[path: "spec", "nodeName"] = .string(node) }
            pod["status"] = [
                "phase": .string(phase),
                "conditions": [
                    ["type": "Ready", "status": isReady ? "True" : "False", "lastTransitionTime": .string(time)]
                ],
            ]
        }
    }

    /// All pods, by name.
    var pods: [Pod] { state.pods.objects.values.sorted { $0.metadata.name < $1.metadata.name } }

    /// All pods that the server has, whatever is known of them, by name.
    func storedPods() throws -> [Pod] {
        guard unheard[Pod.resource] != nil else { return pods }
        return try documents.filter { $0.key.resource == Pod.resource }.sorted { $0.key.name < $1.key.name }
            .map { try Pod(json: $0.value.json) }
    }

    /// Pods that are neither finished nor being ended.
    var activePods: [Pod] { pods.filter { !$0.isFinished && !$0.isTerminating } }

    // MARK: The server

    private mutating func store(_ resource: ResourceType, _ name: ObjectName, _ object: JSONValue) throws {
        var object = object
        version += 1
        object[path: "metadata", "resourceVersion"] = .string("\(version)")
        documents[Key(resource: resource, name: name)] = object
        last = object
        try tell(resource, name, object)
    }

    private mutating func put(_ resource: ResourceType, _ object: JSONValue?, isAnswer: Bool) throws {
        let json = object?.json ?? []
        func put<Object: KubernetesObject>(_ table: inout ObjectTable<Object>) throws -> ObjectTable<Object>.Change? {
            table.put(try Object(json: json), isAnswer: isAnswer)
        }
        switch resource {
        case Pod.resource:
            let pod = bindings.complete(try Pod(json: json))
            tell(state.pods.put(pod, isAnswer: isAnswer).map { .pod($0) })
        case NodeKind.resource: tell(try put(&state.nodes).map { .node($0) })
        case DeploymentKind.resource: tell(try put(&state.deployments).map { .deployment($0) })
        case ReplicaSetKind.resource: tell(try put(&state.replicaSets).map { .replicaSet($0) })
        case DaemonSetKind.resource: tell(try put(&state.daemonSets).map { .daemonSet($0) })
        default: throw Failure(description: "unknown kind \(resource.kind)")
        }
    }

    private mutating func perform(_ write: ClusterWrite) throws {
        writeCount += 1
        if let condition = write.condition {
            let live = documents[Key(resource: condition.resource, name: condition.object)]
            guard condition.holds(for: try live.map { try PartialMetadata(json: $0.json).metadata }) else {
                throw Refusal()
            }
        }
        let (resource, name) = (write.resource, write.name)
        // Who knows late writes to what is not there any more, or has changed.
        let isLate = unheard[resource] != nil
        if isLate, !write.isCreation, self[resource, name] == nil { return }
        switch write.action {
        case .create(let binding) where write.subresource == "binding":
            let present = self[resource, name]
            guard let present, present[path: "spec", "nodeName"]?.string ?? "" == "",
                present[path: "metadata", "uid"] == binding[path: "metadata", "uid"],
                present[path: "metadata", "deletionTimestamp"] == nil
            else { throw Refusal() }
            try change(resource, name) { $0[path: "spec", "nodeName"] = binding[path: "target", "name"] }
            // The server's answer says no more than that it is done.
            return
        case .create(let object):
            try create(resource, object)
            if isLate { try put(resource, last, isAnswer: true) }
            return
        case .replace(let new):
            guard new[path: "metadata", "resourceVersion"] == self[resource, name]?[path: "metadata", "resourceVersion"]
            else { throw isLate ? Refusal() : Failure(description: "conflict: \(resource.kind) \(name)") as any Error }
            try change(resource, name) { object in
                let status = object["status"]
                if write.subresource == "status" {
                    object["status"] = new["status"]
                } else {
                    object = new
                    object["status"] = status
                }
            }
        case .patch(_, let patch):
            if let wanted = patch[path: "metadata", "resourceVersion"],
                wanted != self[resource, name]?[path: "metadata", "resourceVersion"]
            {
                throw isLate ? Refusal() : Failure(description: "conflict: \(resource.kind) \(name)") as any Error
            }
            if let wanted = patch[path: "metadata", "uid"], wanted != self[resource, name]?[path: "metadata", "uid"] {
                throw isLate
                    ? Refusal() : Failure(description: "conflict: another \(resource.kind) \(name)") as any Error
            }
            try change(resource, name) { Self.merge(patch, into: &$0) }
        case .delete(let options):
            guard options.uid == nil || options.uid == self[resource, name]?[path: "metadata", "uid"]?.string else {
                throw isLate
                    ? Refusal() : Failure(description: "conflict: another \(resource.kind) \(name)") as any Error
            }
            try delete(resource, name)
        }
        if isLate, let answer = self[resource, name] { try put(resource, answer, isAnswer: true) }
    }

    /// A merge patch; conditions are merged by their types, as in a strategic one.
    private static func merge(_ patch: JSONValue, into object: inout JSONValue) {
        for member in patch.object?.members ?? [] {
            if member.name == "conditions" {
                let types = (member.value.array ?? []).map { $0["type"] }
                let others = (object["conditions"]?.array ?? []).filter { !types.contains($0["type"]) }
                object["conditions"] = .array(others + (member.value.array ?? []))
            } else if member.value.isNull {
                object[member.name] = nil
            } else if case .object = member.value {
                var inner = object[member.name] ?? [:]
                merge(member.value, into: &inner)
                object[member.name] = inner
            } else {
                object[member.name] = member.value
            }
        }
    }

    // MARK: The manager

    private mutating func tell(_ change: ClusterChange?) {
        guard let change else { return }
        if case .pod(let change) = change { bindings.note(change) }
        for (index, controller) in controllers.enumerated() {
            for key in controller.keys(for: change, in: state) { add(Work(controller: index, key: key)) }
        }
    }

    private mutating func add(_ work: Work) {
        if !ready.contains(work) { ready.append(work) }
    }

    /// Does one piece of work; false where there is none.
    mutating func step() throws -> Bool {
        for (work, time) in due where time <= now {
            due[work] = nil
            add(work)
        }
        guard !ready.isEmpty else { return false }
        let work = ready.removeFirst()
        let controller = controllers[work.controller]
        let wanted = controller.reconcile(work.key, in: state, now: now)
        for write in wanted.writes {
            if let message = refusal(write) {
                let told = controller.refused(write, because: message, for: work.key, in: state, now: now)
                for write in told.writes { try perform(write) }
                events += told.events
                due[work] = now.advanced(by: .seconds(1))
                return true
            }
            let assumed = assume(write)
            do {
                try perform(write)
            } catch is Refusal {
                if let assumed { free(assumed) }
                due[work] = now.advanced(by: .seconds(1))
                return true
            }
        }
        events += wanted.events
        if let again = wanted.again {
            let time = now.advanced(by: again)
            due[work] = min(due[work] ?? time, time)
        }
        return true
    }

    private mutating func assume(_ write: ClusterWrite) -> Pod? {
        guard write.subresource == "binding", case .create(let binding) = write.action,
            let node = binding[path: "target", "name"]?.string, let pod = state.pods[write.namespace, write.name]
        else { return nil }
        tell(state.pods.assume(bindings.assume(pod, on: node)).map { .pod($0) })
        return pod
    }

    private mutating func free(_ pod: Pod) {
        guard bindings.remove(pod), var known = state.pods[ObjectName(pod.metadata)] else { return }
        known.nodeName = pod.nodeName
        tell(state.pods.assume(known).map { .pod($0) })
    }

    /// Lets controllers work until nothing is left to do.
    mutating func settle(limit: Int = 10_000) throws {
        for _ in 0..<limit {
            guard try step() else { return }
        }
        throw Failure(description: "controllers do not come to rest")
    }

    /// Moves the clock and lets controllers work.
    mutating func pass(_ duration: Duration) throws {
        now = now.advanced(by: duration)
        try settle()
    }
}

extension ClusterWrite {
    /// Whether it makes an object.
    fileprivate var isCreation: Bool {
        if case .create = action { subresource == nil } else { false }
    }
}
