import JSON
import KubernetesAPI
import KubernetesClient

/// What becomes of the pods that the API server says are this node's: a value without I/O.
struct PodIntake: Sendable {
    /// Something to be done, in order.
    enum Command: Sendable, Equatable {
        /// The runtime takes the pod over.
        case apply(JSONValue)
        /// The API server has it no more: the runtime ends it.
        case remove(uid: String)
        /// The runtime ends all others.
        case keep(Set<String>)
        /// The pod is refused: its status says so.
        case reject(JSONValue, NodePredicates.Rejection)
        /// The pod was refused before this process began: nothing of it is here.
        case leave(JSONValue)
        /// A refused pod is another.
        case note(JSONValue)
    }

    private struct Known: Sendable {
        var name: ObjectName
        var pod: Pod
        var isRejected: Bool
    }

    private var known: [String: Known] = [:]
    private var uids: [ObjectName: String] = [:]

    /// Knows no pods.
    init() {}

    /// The uid of a pod by its name; nil where it is not known.
    func uid(of name: ObjectName) -> String? { uids[name] }

    /// These are all the pods there are.
    mutating func replaced(_ pods: [JSONValue], predicates: NodePredicates) -> [Command] {
        let present = Set(pods.compactMap { $0[path: "metadata", "uid"]?.string })
        var commands: [Command] = []
        for (uid, entry) in known where !present.contains(uid) {
            commands += forget(uid, entry.name)
        }
        // The older ones first: they were here before those that they leave no room for.
        let sorted = pods.sorted { Self.order($0) < Self.order($1) }
        for pod in sorted { commands += changed(pod, predicates: predicates) }
        return commands + [.keep(Set(known.filter { !$0.value.isRejected }.keys))]
    }

    /// A pod is new or another.
    mutating func changed(_ value: JSONValue, predicates: NodePredicates) -> [Command] {
        guard let pod = try? Pod(json: value.json), !pod.metadata.uid.isEmpty else { return [] }
        let (uid, name) = (pod.metadata.uid, ObjectName(pod.metadata))
        var commands: [Command] = []
        if let old = uids[name], old != uid { commands += forget(old, name) }
        uids[name] = uid
        if let entry = known[uid] {
            known[uid]?.pod = pod
            return commands + [entry.isRejected ? .note(value) : .apply(value)]
        }
        if Self.wasRejected(pod, value) {
            known[uid] = Known(name: name, pod: pod, isRejected: true)
            return commands + [.leave(value)]
        }
        // What began to run here is not sent away after a restart of ours.
        let isNew = !pod.isFinished && !pod.isTerminating && value[path: "status", "startTime"]?.string == nil
        if isNew {
            do throws(NodePredicates.Rejection) {
                try predicates.check(pod, spec: value["spec"], usage: usage)
            } catch {
                known[uid] = Known(name: name, pod: pod, isRejected: true)
                return commands + [.reject(value, error)]
            }
        }
        known[uid] = Known(name: name, pod: pod, isRejected: false)
        return commands + [.apply(value)]
    }

    /// A pod is gone.
    mutating func deleted(_ name: ObjectName) -> [Command] {
        guard let uid = uids[name] else { return [] }
        return forget(uid, name)
    }

    private mutating func forget(_ uid: String, _ name: ObjectName) -> [Command] {
        known[uid] = nil
        if uids[name] == uid { uids[name] = nil }
        return [.remove(uid: uid)]
    }

    /// What those pods take that run or will.
    private var usage: NodePredicates.Usage {
        var usage = NodePredicates.Usage()
        for entry in known.values where !entry.isRejected && !entry.pod.isFinished { usage.add(entry.pod) }
        return usage
    }

    /// Whether a node refused it: it failed without a container that ever was.
    private static func wasRejected(_ pod: Pod, _ value: JSONValue) -> Bool {
        guard pod.phase == "Failed", value[path: "status", "startTime"]?.string == nil else { return false }
        return ["containerStatuses", "initContainerStatuses"].allSatisfy { name in
            value[path: "status", name]?.array?.isEmpty ?? true
        }
    }

    private static func order(_ pod: JSONValue) -> (String, String) {
        (pod[path: "metadata", "creationTimestamp"]?.string ?? "", pod[path: "metadata", "uid"]?.string ?? "")
    }
}
