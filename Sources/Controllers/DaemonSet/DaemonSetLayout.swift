import JSON
import KubernetesAPI
import KubernetesClient

/// The pods of a DaemonSet by node, and what is wrong with that.
struct DaemonSetLayout {
    private let daemonSet: Resource<DaemonSetKind>
    private let now: Timestamp
    private let pods: [String: [Pod]]
    private let nodes: [(name: String, isWanted: Bool, isKept: Bool)]
    /// The name of the template.
    let hash: String

    /// Pods that have to go.
    private(set) var unwanted: [Pod] = []
    /// Nodes that miss a pod.
    private(set) var missing: [String] = []
    /// When there is something to do though nothing changes.
    private(set) var again: Duration?

    init(_ daemonSet: Resource<DaemonSetKind>, pods: [Pod], nodes: [String: NodeFacts], now: Timestamp) {
        self.daemonSet = daemonSet
        self.now = now
        let template = daemonSet.template
        hash = PodTemplate.hash(template)
        let spec = template["spec"]
        let affinity = NodeAffinity(spec)
        let tolerations =
            Toleration.all(in: spec) + DaemonSetController.tolerations(spec).map { Toleration($0) }
        let onlyNode = spec?["nodeName"]?.string ?? ""
        self.nodes = nodes.values.sorted { $0.name < $1.name }.map { node in
            guard onlyNode.isEmpty || onlyNode == node.name, affinity.matches(node) else {
                return (node.name, false, false)
            }
            let isKept = tolerations.firstUntolerated(node.taints, effects: ["NoExecute"]) == nil
            let isWanted = tolerations.firstUntolerated(node.taints, effects: ["NoSchedule", "NoExecute"]) == nil
            return (node.name, isWanted, isKept)
        }
        var byNode: [String: [Pod]] = [:]
        for pod in pods where !(pod.isFinished && pod.isTerminating) {
            let node = pod.nodeName.isEmpty ? NodeAffinity(pod.specification).onlyNode ?? "" : pod.nodeName
            byNode[node, default: []].append(pod)
            // Pods that wait for a node that is gone wait for ever.
            if pod.nodeName.isEmpty, nodes[node] == nil, !pod.isTerminating { unwanted.append(pod) }
        }
        self.pods = byNode.mapValues { $0.sorted { Self.order($0) < Self.order($1) } }
    }

    /// Bound ones first, then the oldest.
    private static func order(_ pod: Pod) -> (Int, Timestamp, String) {
        let created = pod.metadata.creationTimestamp ?? Timestamp(seconds: 0)
        return (pod.nodeName.isEmpty ? 1 : 0, created, pod.metadata.name)
    }

    private func isUpdated(_ pod: Pod) -> Bool { pod.metadata.labels[DaemonSetController.hashLabel] == hash }

    private func isAvailable(_ pod: Pod) -> Bool {
        pod.isActive && pod.isAvailable(after: daemonSet.minReadySeconds, now: now)
    }

    private var isRolling: Bool { daemonSet.value[path: "spec", "updateStrategy", "type"] != "OnDelete" }

    private func limit(_ name: String, default otherwise: AmountOrPercent) -> Int {
        let value = daemonSet.value[path: "spec", "updateStrategy", "rollingUpdate", name]
        return AmountOrPercent(value, default: otherwise).count(of: nodes.count { $0.isWanted }, roundsUp: true)
    }

    private var maxSurge: Int { isRolling ? limit("maxSurge", default: .amount(0)) : 0 }

    // MARK: One pod on each node

    /// Finds nodes without a pod, and pods that are too much.
    mutating func manage() {
        for node in nodes {
            let present = pods[node.name] ?? []
            guard node.isKept else {
                unwanted += present.filter { !$0.isTerminating }
                continue
            }
            if present.isEmpty, node.isWanted { missing.append(node.name) }
            for pod in present where pod.isFinished && !pod.isTerminating { replaceFinished(pod) }
            var running = present.filter(\.isActive)
            if maxSurge > 0, let updated = running.firstIndex(where: { isUpdated($0) }), running.count > 1 {
                // One of each template may be there.
                running.remove(at: updated)
            }
            unwanted += running.dropFirst()
        }
    }

    private mutating func replaceFinished(_ pod: Pod) {
        let created = pod.metadata.creationTimestamp ?? now
        let due = created.advanced(by: DaemonSetController.failureDelay)
        if due <= now {
            unwanted.append(pod)
        } else {
            again = min(again ?? .seconds(3600), now.duration(to: due))
        }
    }

    // MARK: Updates

    /// Finds the pods of older templates whose turn it is.
    mutating func update() {
        guard isRolling else { return }
        let surge = maxSurge
        if surge > 0 { self.surge(surge) } else { replace(max(1, limit("maxUnavailable", default: .amount(1)))) }
    }

    /// Old and updated pods of a node; nil where there are several of one.
    private func pair(_ name: String) -> (old: Pod?, new: Pod?)? {
        let active = (pods[name] ?? []).filter { !$0.isFinished }
        let (old, new) = (active.filter { !isUpdated($0) }, active.filter { isUpdated($0) })
        return old.count > 1 || new.count > 1 ? nil : (old.first, new.first)
    }

    private mutating func replace(_ maxUnavailable: Int) {
        var unavailable = 0
        var candidates: [Pod] = []
        for node in nodes where node.isWanted {
            switch pair(node.name) {
            case (nil, let new?)?: unavailable += isAvailable(new) ? 0 : 1
            case (let old?, nil)?:
                if isAvailable(old) {
                    candidates.append(old)
                } else {
                    // It helps nobody: that it goes makes nothing worse.
                    unavailable += 1
                    if !old.isTerminating { unwanted.append(old) }
                }
            default: unavailable += 1
            }
        }
        unwanted += candidates.prefix(max(0, maxUnavailable - unavailable))
    }

    private mutating func surge(_ maxSurge: Int) {
        var extra = 0
        var candidates: [String] = []
        for node in nodes where node.isWanted {
            switch pair(node.name) {
            case (let old?, nil)?:
                if isAvailable(old) {
                    candidates.append(node.name)
                } else if !old.isTerminating {
                    missing.append(node.name)
                }
            case (let old?, let new?)?:
                if isAvailable(new) {
                    if !old.isTerminating { unwanted.append(old) }
                } else {
                    extra += 1
                }
            default: break
            }
        }
        missing += candidates.prefix(max(0, maxSurge - extra))
    }

    // MARK: Status

    /// As in the object.
    var status: JSONValue {
        var (desired, scheduled, misscheduled, ready, updated, available) = (0, 0, 0, 0, 0, 0)
        for node in nodes {
            let present = pods[node.name] ?? []
            guard node.isWanted else {
                misscheduled += present.isEmpty ? 0 : 1
                continue
            }
            desired += 1
            guard let first = present.first else { continue }
            scheduled += 1
            if present.contains(where: { $0.isReady && !$0.isTerminating }) { ready += 1 }
            if present.contains(where: { isAvailable($0) }) { available += 1 }
            if present.contains(where: { isUpdated($0) }) || isUpdated(first) { updated += 1 }
        }
        var status: JSONValue = [
            "currentNumberScheduled": .integer(scheduled), "numberMisscheduled": .integer(misscheduled),
            "desiredNumberScheduled": .integer(desired), "numberReady": .integer(ready),
        ]
        let others = [
            ("observedGeneration", daemonSet.metadata.generation ?? 0), ("updatedNumberScheduled", updated),
            ("numberAvailable", available), ("numberUnavailable", desired - available),
        ]
        for (name, count) in others where count > 0 { status[name] = .integer(count) }
        status["conditions"] = WorkloadConditions(daemonSet.value["status"]).json
        return status
    }
}
