import KubernetesAPI
import KubernetesClient

/// Pods by who answers for them and by where they run, and what they take of their nodes.
struct PodIndex: ObjectIndex {
    /// The pods of an owner, by its uid.
    private(set) var owned: [String: Set<ObjectName>] = [:]
    /// Pods that nobody answers for, by namespace.
    private(set) var orphans: [String: Set<ObjectName>] = [:]
    /// Pods that have no node yet and are neither finished nor being ended.
    private(set) var waiting: Set<ObjectName> = []
    /// Those of ``waiting`` that may get a node because another pod got one.
    private(set) var dependent: Set<ObjectName> = []
    /// What is taken of each node that has pods.
    private(set) var usage: [String: NodeUsage] = [:]
    /// How many pods of an owner, by its uid, are on each node.
    private(set) var spread: [String: [String: Int]] = [:]
    /// Pods on a node that do not want some other pods beside them.
    private(set) var withAntiAffinity: Set<ObjectName> = []

    mutating func take(old: Pod?, new: Pod?) {
        if let old, let new, isAlike(old, new) { return }
        if let old { count(old, isThere: false) }
        if let new { count(new, isThere: true) }
    }

    /// Whether both count alike: true of most changes, which are of a status.
    private func isAlike(_ old: Pod, _ new: Pod) -> Bool {
        old.metadata.uid == new.metadata.uid && old.nodeName == new.nodeName && old.isFinished == new.isFinished
            && old.isTerminating == new.isTerminating && old.owners == new.owners
            && old.requestedCPU == new.requestedCPU && old.requestedMemory == new.requestedMemory
            && old.requestedOther == new.requestedOther
    }

    private mutating func count(_ pod: Pod, isThere: Bool) {
        let name = ObjectName(pod.metadata)
        let owner = pod.controller
        if let owner {
            Self.set(&owned, owner.uid, name, isThere)
        } else {
            Self.set(&orphans, pod.metadata.namespace ?? "", name, isThere)
        }
        guard !pod.isFinished else { return }
        guard !pod.nodeName.isEmpty else {
            guard !pod.isTerminating else { return }
            if isThere { waiting.insert(name) } else { waiting.remove(name) }
            if isThere, SchedulingRequest.dependsOnOthers(pod) {
                dependent.insert(name)
            } else {
                dependent.remove(name)
            }
            return
        }
        usage[pod.nodeName, default: NodeUsage()].count(pod, isThere: isThere)
        if usage[pod.nodeName]?.pods == 0 { usage[pod.nodeName] = nil }
        if let owner, !pod.isTerminating {
            spread[owner.uid, default: [:]][pod.nodeName, default: 0] += isThere ? 1 : -1
            if spread[owner.uid]?[pod.nodeName] == 0 { spread[owner.uid]?[pod.nodeName] = nil }
            if spread[owner.uid]?.isEmpty == true { spread[owner.uid] = nil }
        }
        if !pod.requiredAntiAffinity.isEmpty {
            if isThere { withAntiAffinity.insert(name) } else { withAntiAffinity.remove(name) }
        }
    }

    private static func set(
        _ sets: inout [String: Set<ObjectName>],
        _ key: String,
        _ name: ObjectName,
        _ isThere: Bool
    ) {
        guard !isThere else {
            sets[key, default: []].insert(name)
            return
        }
        sets[key]?.remove(name)
        if sets[key]?.isEmpty == true { sets[key] = nil }
    }
}

/// What the pods of a node ask for together.
///
/// In 128 bits: what one pod asks for may be all that 64 hold, and the sum of several must not come round to little.
struct NodeUsage: Sendable, Hashable {
    /// How many there are.
    var pods = 0
    /// Thousandths of a CPU.
    var cpu: Int128 = 0
    /// Bytes.
    var memory: Int128 = 0
    /// As ``cpu``, but pods that ask for nothing count a little, so that they are spread, too.
    var weighedCPU: Int128 = 0
    /// As ``memory``, but pods that ask for nothing count a little, so that they are spread, too.
    var weighedMemory: Int128 = 0
    /// What is asked for besides, in whole units by name.
    var other: [String: Int128] = [:]
    /// How many pods have each port of the node.
    var hostPorts: [Pod.HostPort: Int] = [:]

    mutating func count(_ pod: Pod, isThere: Bool) {
        func change(_ total: inout Int128, _ amount: Int64) {
            total += isThere ? Int128(amount) : -Int128(amount)
        }
        pods += isThere ? 1 : -1
        change(&cpu, pod.requestedCPU)
        change(&memory, pod.requestedMemory)
        change(&weighedCPU, pod.weighedCPU)
        change(&weighedMemory, pod.weighedMemory)
        for (name, amount) in pod.requestedOther { change(&other[name, default: 0], amount) }
        for port in pod.hostPorts {
            hostPorts[port, default: 0] += isThere ? 1 : -1
            if hostPorts[port] == 0 { hostPorts[port] = nil }
        }
    }
}

extension Pod {
    /// What is counted for spreading: upstream takes 0.1 CPU for a pod that asks for none.
    var weighedCPU: Int64 { requestedCPU > 0 ? requestedCPU : 100 }
    /// What is counted for spreading: upstream takes 200 MB for a pod that asks for none.
    var weighedMemory: Int64 { requestedMemory > 0 ? requestedMemory : 200 << 20 }
}

extension ObjectTable<Pod> {
    /// What is kept of the pods besides.
    var placement: PodIndex { index as? PodIndex ?? PodIndex() }

    /// The pods that an owner answers for, in no order.
    func owned(by uid: String) -> [Pod] { (placement.owned[uid] ?? []).compactMap { self[$0] } }

    /// The pods of a namespace that nobody answers for, in no order.
    func orphans(in namespace: String) -> [Pod] { (placement.orphans[namespace] ?? []).compactMap { self[$0] } }
}
