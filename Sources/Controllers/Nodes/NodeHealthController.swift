import JSON
public import KubernetesAPI
public import KubernetesClient

/// Says of nodes that are silent that nobody knows how they are, and marks nodes by taints as their conditions say.
///
/// A node lives where its Lease in `kube-node-lease` or its own status was renewed within the grace period, counted
/// from when we saw the last change. Where no node at all was heard of it is rather us who are cut off: taints that
/// end pods are taken away then, so that nobody is evicted, and when the first node is heard of again the others have
/// the whole period once more.
///
/// Taints that end pods are given to one node each ten seconds. Where more than two nodes and 55 % of all are not
/// ready it is the network rather than the nodes: in a cluster of more than fifty then one node each 100 s gets them,
/// in a smaller one none.
/// Source: `k8s.io/kubernetes/pkg/controller/nodelifecycle`; zones are not told apart.
public struct NodeHealthController: Controller {
    /// The taint of nodes that say they are not ready.
    public static let notReadyTaint = "node.kubernetes.io/not-ready"
    /// The taint of nodes that nobody hears of.
    public static let unreachableTaint = "node.kubernetes.io/unreachable"
    /// The taint of nodes that take no new pods.
    public static let unschedulableTaint = "node.kubernetes.io/unschedulable"
    /// Conditions that are a taint of their own: their type, the status that counts, the taint.
    private static let pressures = [
        ("MemoryPressure", "True", "node.kubernetes.io/memory-pressure"),
        ("DiskPressure", "True", "node.kubernetes.io/disk-pressure"),
        ("PIDPressure", "True", "node.kubernetes.io/pid-pressure"),
        ("NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"),
    ]
    /// Conditions that only a living node knows.
    private static let reportedTypes = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"]

    /// The name in logs.
    public let name = "node-lifecycle-controller"
    private let gracePeriod: Duration
    private let startupGracePeriod: Duration
    private let recheckPeriod: Duration

    /// The controller.
    ///
    /// - Parameters:
    ///   - gracePeriod: How long a node may be silent (`--node-monitor-grace-period`).
    ///   - startupGracePeriod: How long one may be that never said anything (`--node-startup-grace-period`).
    ///   - recheckPeriod: How often silent nodes are looked at again.
    public init(
        gracePeriod: Duration = .seconds(40),
        startupGracePeriod: Duration = .seconds(60),
        recheckPeriod: Duration = .seconds(5)
    ) {
        self.gracePeriod = gracePeriod
        self.startupGracePeriod = startupGracePeriod
        self.recheckPeriod = recheckPeriod
    }

    /// The nodes that a change concerns. Renewals of a Lease concern none: they only put off what is to come.
    public func keys(for change: ClusterChange, in state: ClusterState) -> [ObjectName] {
        guard case .node(let change) = change, let node = change.new else { return [] }
        guard let old = change.old else { return [change.name] }
        let isSame =
            old.value[path: "status", "conditions"] == node.value[path: "status", "conditions"]
            && old.value["spec"] == node.value["spec"]
        return isSame ? [] : [change.name]
    }

    /// What to do about a node.
    public func reconcile(_ key: ObjectName, in state: ClusterState, now: Timestamp) -> Reconciliation {
        guard let node = state.nodes[key], let seen = state.observations.nodes[key.name] else {
            return Reconciliation()
        }
        let ready = NodeCondition.ready(of: node.value)
        let grace = ready == nil && !seen.hasReported ? startupGracePeriod : gracePeriod
        let since = max(seen.heard, state.observations.endOfSilence(atLeast: gracePeriod) ?? .zero)
        let left = since + grace - state.uptime
        let isSilent = left <= .zero
        var wanted = Reconciliation(again: isSilent ? recheckPeriod : left)
        if isSilent, let status = Self.silenced(node.value, now: now) {
            wanted.writes.append(
                ClusterWrite(NodeKind.resource, namespace: nil, name: key.name, subresource: "status", .replace(status))
            )
            if ready?.status == "True" { wanted.events.append(Self.notReadyEvent(node)) }
            // The taints follow from the conditions, and those are news in a moment.
            return wanted
        }
        let isCutOff = state.uptime - state.observations.newest >= gracePeriod
        var evicts = !isCutOff
        if evicts, let ready, ready.status != "True", !Self.isEvicting(node), let wait = turn(of: key, in: state) {
            evicts = false
            wanted.again = min(wanted.again ?? wait, wait)
        }
        if let tainted = Self.tainted(node.value, evicts: evicts, now: now) {
            wanted.writes.append(ClusterWrite(NodeKind.resource, namespace: nil, name: key.name, .replace(tainted)))
        }
        if ready?.status == "Unknown" { wanted.again = min(wanted.again ?? recheckPeriod, recheckPeriod) }
        return wanted
    }

    static let evictingKeys: Set<String> = [notReadyTaint, unreachableTaint]

    static func isEvicting(_ node: Resource<NodeKind>) -> Bool {
        Taint.all(of: node.value).contains { $0.effect == Taint.noExecute && evictingKeys.contains($0.key) }
    }

    /// After how long it may be a node's turn to get a taint that ends its pods; nil where it is now.
    private func turn(of key: ObjectName, in state: ClusterState) -> Duration? {
        let (notReady, first) = (state.nodes.notReadyCount, state.nodes.firstToEvict)
        let isWidespread = notReady > 2 && notReady * 100 >= state.nodes.count * Self.widespreadPercentage
        if isWidespread, state.nodes.count <= Self.largeCluster { return recheckPeriod }
        let pause: Duration = isWidespread ? .seconds(100) : .seconds(10)
        if let last = state.observations.lastEviction, last + pause > state.uptime {
            return last + pause - state.uptime
        }
        // Of several the first by name; the others see then when that one got it.
        return first == key.name ? nil : recheckPeriod
    }

    private static let widespreadPercentage = 55
    private static let largeCluster = 50

    private static func notReadyEvent(_ node: Resource<NodeKind>) -> ClusterEvent {
        ClusterEvent(
            NodeKind.resource,
            ObjectName(node.metadata),
            uid: node.metadata.uid,
            reason: "NodeNotReady",
            message: "Node \(node.metadata.name) status is now: NodeNotReady"
        )
    }

    /// The node with conditions that nobody knows; nil where they say so already.
    private static func silenced(_ node: JSONValue, now: Timestamp) -> JSONValue? {
        var conditions = node[path: "status", "conditions"]?.array ?? []
        var isChanged = false
        for type in reportedTypes {
            if let index = conditions.firstIndex(where: { $0["type"]?.string == type }) {
                guard conditions[index]["status"] != "Unknown" else { continue }
                conditions[index]["status"] = "Unknown"
                conditions[index]["reason"] = "NodeStatusUnknown"
                conditions[index]["message"] = "Kubelet stopped posting node status."
                conditions[index]["lastTransitionTime"] = .string(now.secondDescription)
            } else {
                conditions.append([
                    "type": .string(type), "status": "Unknown", "reason": "NodeStatusNeverUpdated",
                    "message": "Kubelet never posted node status.",
                    "lastHeartbeatTime": node[path: "metadata", "creationTimestamp"]
                        ?? .string(now.secondDescription),
                    "lastTransitionTime": .string(now.secondDescription),
                ])
            }
            isChanged = true
        }
        guard isChanged else { return nil }
        var node = node
        node[path: "status", "conditions"] = .array(conditions)
        return node
    }

    /// The node with the taints that its conditions ask for; nil where it has them.
    private static func tainted(_ node: JSONValue, evicts: Bool, now: Timestamp) -> JSONValue? {
        var wanted: Set<Taint> = []
        for condition in NodeCondition.all(of: node) {
            if condition.type == "Ready", condition.status != "True" {
                let key = condition.status == "Unknown" ? unreachableTaint : notReadyTaint
                wanted.insert(Taint(key: key, effect: Taint.noSchedule))
                if evicts { wanted.insert(Taint(key: key, effect: Taint.noExecute)) }
            }
            for (type, status, key) in pressures where condition.type == type && condition.status == status {
                wanted.insert(Taint(key: key, effect: Taint.noSchedule))
            }
        }
        if node[path: "spec", "unschedulable"]?.bool == true {
            wanted.insert(Taint(key: unschedulableTaint, effect: Taint.noSchedule))
        }
        // A node that never said anything keeps what it was made with.
        let keepsConditionTaints = NodeCondition.ready(of: node) == nil
        let present = node[path: "spec", "taints"]?.array ?? []
        var taints = present.filter { json in
            guard let taint = Taint(json), isOurs(taint) else { return true }
            if keepsConditionTaints, taint.key != unschedulableTaint { return true }
            return wanted.contains { $0.key == taint.key && $0.effect == taint.effect }
        }
        let kept = Set(taints.compactMap { Taint($0) }.map { Taint(key: $0.key, effect: $0.effect) })
        for taint in wanted.subtracting(kept).sorted(by: { ($0.key, $0.effect) < ($1.key, $1.effect) }) {
            var json: JSONValue = ["key": .string(taint.key), "effect": .string(taint.effect)]
            json["timeAdded"] = .string(now.secondDescription)
            taints.append(json)
        }
        guard taints != present else { return nil }
        var node = node
        node[path: "spec", "taints"] = taints.isEmpty ? nil : .array(taints)
        return node
    }

    /// Whether this controller puts the taint on and takes it off.
    private static func isOurs(_ taint: Taint) -> Bool {
        switch taint.key {
        case notReadyTaint, unreachableTaint: taint.effect == Taint.noSchedule || taint.effect == Taint.noExecute
        case unschedulableTaint: taint.effect == Taint.noSchedule
        default: taint.effect == Taint.noSchedule && pressures.contains { $0.2 == taint.key }
        }
    }
}
