import Glibc
import KubernetesAPI

/// How a pod compares with the others where some of them have to go: the smallest go first.
///
/// Source: `k8s.io/kubernetes/pkg/controller` `ActivePodsWithRanks`.
struct DeletionRank: Comparable {
    private let pod: Pod
    private let neighbours: Int
    private let now: Timestamp

    /// - Parameter neighbours: How many pods of the same kind are on its node.
    init(_ pod: Pod, neighbours: Int, now: Timestamp) {
        self.pod = pod
        self.neighbours = neighbours
        self.now = now
    }

    static func == (left: DeletionRank, right: DeletionRank) -> Bool { left.pod == right.pod }

    static func < (left: DeletionRank, right: DeletionRank) -> Bool {
        let (one, other) = (left.pod, right.pod)
        if one.nodeName.isEmpty != other.nodeName.isEmpty { return one.nodeName.isEmpty }
        let phases = (phase(one), phase(other))
        if phases.0 != phases.1 { return phases.0 < phases.1 }
        if one.isReady != other.isReady { return !one.isReady }
        if one.deletionCost != other.deletionCost { return one.deletionCost < other.deletionCost }
        if left.neighbours != right.neighbours { return left.neighbours > right.neighbours }
        if one.isReady, let isYounger = younger(one.readySince, other.readySince, left, right) { return isYounger }
        if one.restarts != other.restarts { return one.restarts > other.restarts }
        let times = (one.metadata.creationTimestamp, other.metadata.creationTimestamp)
        return younger(times.0, times.1, left, right) ?? (one.metadata.uid < other.metadata.uid)
    }

    private static func phase(_ pod: Pod) -> Int {
        switch pod.phase {
        case "", "Pending": 0
        case "Running": 2
        default: 1
        }
    }

    /// Whether the first time is the later one; nil where both are the same, or there is none.
    ///
    /// Ages are compared by their magnitude (a power of two of nanoseconds), within which the uid decides: so not
    /// always the last one made goes, which would be those of one node or zone.
    private static func younger(
        _ one: Timestamp?,
        _ other: Timestamp?,
        _ left: DeletionRank,
        _ right: DeletionRank
    ) -> Bool? {
        guard one != other else { return nil }
        guard let one else { return true }
        guard let other else { return false }
        let (rank, otherRank) = (magnitude(of: one, left.now), magnitude(of: other, left.now))
        return rank != otherRank ? rank < otherRank : left.pod.metadata.uid < right.pod.metadata.uid
    }

    private static func magnitude(of time: Timestamp, _ now: Timestamp) -> Int {
        let (seconds, attoseconds) = time.duration(to: now).components
        let nanoseconds = Double(seconds) * 1e9 + Double(attoseconds) / 1e9
        return nanoseconds < 1 ? -1 : Int(log2(nanoseconds))
    }
}
