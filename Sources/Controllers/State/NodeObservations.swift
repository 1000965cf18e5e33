import JSON
import KubernetesAPI
import KubernetesClient

/// When *we* saw what nodes do, by a clock of our own that never jumps: what nodes write as times is not trusted.
public struct NodeObservations: Sendable {
    /// What was seen of one Node that exists.
    public struct Observation: Sendable, Hashable {
        /// When it was heard of last: it came, its Lease was renewed, or it told its status.
        public var heard: Duration
        /// Whether its Lease or its status told that it lives, and not only that it exists.
        public var hasReported = false
        /// Taints that end pods, and since when they are seen.
        public var evicting: [Taint: Duration] = [:]
    }

    /// The namespace that nodes' Leases are in.
    public static let leaseNamespace = "kube-node-lease"
    /// Missing Nodes that are remembered; where there are more the older half is forgotten: its pods are gone by then.
    private static let missingLimit = 20_000

    /// What was seen, by the Nodes' names.
    public private(set) var nodes: [String: Observation] = [:]
    /// When any node was heard of last.
    public private(set) var newest = Duration.zero
    /// The last times in which no node was heard of: for how long, and when one was heard of again.
    private var silences: [(length: Duration, end: Duration)] = []
    /// When a node was last seen to get a taint that ends pods because it is not ready; nil for never.
    private(set) var lastEviction: Duration?
    /// Since when Nodes are missing that pods are bound to.
    public private(set) var missing: [String: Duration] = [:]

    /// Silences shorter than that are usual, and not remembered.
    private static let shortestSilence = Duration.seconds(5)
    private static let silenceLimit = 16

    /// Nothing seen.
    public init() {}

    /// When the last silence of all nodes ended that was as long as that; nil where there was none.
    ///
    /// Whoever could not be heard of before has only been silent since then.
    public func endOfSilence(atLeast length: Duration) -> Duration? {
        silences.last { $0.length >= length }?.end
    }

    /// Takes a change in.
    mutating func note(_ change: ClusterChange, at now: Duration) {
        switch change {
        case .node(let change): note(change, at: now)
        case .lease(let change):
            guard let lease = change.new, lease.metadata.namespace == Self.leaseNamespace,
                nodes[lease.metadata.name] != nil
            else { return }
            let time = lease.value[path: "spec", "renewTime"]
            guard time != nil, time != change.old?.value[path: "spec", "renewTime"] else { return }
            // What is seen for the first time may be old, and lies no longer back than the node is known.
            if change.old != nil { hear(lease.metadata.name, at: now) }
        case .pod(let change):
            guard let pod = change.new, !pod.nodeName.isEmpty, nodes[pod.nodeName] == nil else { return }
            miss(pod.nodeName, at: now)
        default: break
        }
    }

    private mutating func note(_ change: ObjectTable<Resource<NodeKind>>.Change, at now: Duration) {
        let name = change.name.name
        guard let node = change.new else {
            nodes[name] = nil
            miss(name, at: now)
            return
        }
        missing[name] = nil
        if nodes[name] == nil || change.old?.metadata.uid != node.metadata.uid {
            nodes[name] = Observation(heard: now)
            newest = max(newest, now)
        }
        let ready = NodeCondition.ready(of: node.value)
        if let ready, ready.status != "Unknown", let old = change.old {
            let before = NodeCondition.ready(of: old.value)
            if before?.heartbeat != ready.heartbeat || before?.status != ready.status { hear(name, at: now) }
        }
        let evicting = Taint.all(of: node.value).filter { $0.effect == Taint.noExecute }
        let before = nodes[name]?.evicting ?? [:]
        guard !evicting.isEmpty || !before.isEmpty else { return }
        let keys = NodeHealthController.evictingKeys
        if evicting.contains(where: { keys.contains($0.key) }), !before.keys.contains(where: { keys.contains($0.key) })
        {
            lastEviction = now
        }
        nodes[name]?.evicting = Dictionary(evicting.map { ($0, before[$0] ?? now) }, uniquingKeysWith: { min($0, $1) })
    }

    private mutating func hear(_ name: String, at now: Duration) {
        let silence = now - newest
        if silence >= Self.shortestSilence {
            silences.append((silence, now))
            if silences.count > Self.silenceLimit { silences.removeFirst() }
        }
        nodes[name]?.heard = now
        nodes[name]?.hasReported = true
        newest = max(newest, now)
    }

    private mutating func miss(_ name: String, at now: Duration) {
        guard missing[name] == nil else { return }
        if missing.count >= Self.missingLimit {
            let middle = missing.values.sorted()[missing.count / 2]
            missing = missing.filter { $0.value > middle }
        }
        missing[name] = now
    }
}
