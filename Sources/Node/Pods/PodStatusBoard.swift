import JSON
import KubernetesAPI

/// Which pods' statuses are to be written, and which pods to be deleted: a value without I/O.
///
/// Of each pod only the newest status counts, and one request is under way at a time. What fails waits for itself, with
/// growing pauses, and holds up nobody else.
struct PodStatusBoard: Sendable {
    /// A request to be made.
    struct Work: Sendable, Equatable {
        /// The pod.
        var uid: String
        var namespace: String
        var name: String
        var action: Action

        enum Action: Sendable, Equatable {
            /// Patch its status with this.
            case patch(JSONValue)
            /// Delete it at once: nothing of it is left here.
            case delete
        }
    }

    /// What became of a request.
    enum Outcome: Sendable, Equatable {
        /// It was done; the status that the pod has now, where the answer says it.
        case done(status: JSONValue?)
        /// There is no such pod any more.
        case gone
        /// It may work later.
        case failed
    }

    private struct Entry: Sendable {
        var namespace: String
        var name: String
        /// What the node knows; nil for nothing yet.
        var wanted: JSONValue?
        /// What the API server has; nil where that is not known.
        var present: JSONValue?
        /// Somebody wants the pod gone.
        var isTerminating = false
        /// Nothing of it is left here.
        var isFinished = false
        /// It is not there any more, or was deleted.
        var isGone = false
        var isUnderWay = false
        /// What is being written.
        var written: JSONValue?
        /// What was written last and how the server has it: where both are so still, it is as good as it gets, also
        /// where the server wrote it in another way.
        var settled: Settled?
        var failures = 0
        var notBefore: Duration = .zero
    }

    private struct Settled: Sendable, Equatable {
        var wanted: JSONValue
        var present: JSONValue
    }

    private var entries: [String: Entry] = [:]
    /// Pods with something to do, in the order in which it came.
    private var line: [String] = []

    /// The pauses after failures.
    private static let pauses = (first: Duration.milliseconds(100), longest: Duration.seconds(20))

    /// A board with nothing on it.
    init() {}

    /// How many pods are known.
    var count: Int { entries.count }

    /// The API server has this pod.
    ///
    /// - Parameter pod: The whole object.
    mutating func saw(_ pod: JSONValue) {
        guard let uid = pod[path: "metadata", "uid"]?.string, let name = pod[path: "metadata", "name"]?.string,
            let namespace = pod[path: "metadata", "namespace"]?.string
        else { return }
        var entry = entries[uid] ?? Entry(namespace: namespace, name: name)
        entry.present = pod["status"] ?? [:]
        entry.isTerminating = pod[path: "metadata", "deletionTimestamp"]?.string != nil
        entries[uid] = entry
        enqueue(uid)
    }

    /// The node knows this of a pod.
    ///
    /// - Parameter isFinished: Nothing of it is left here: where somebody wants it gone, it may go.
    mutating func report(uid: String, namespace: String, name: String, status: JSONValue, isFinished: Bool) {
        // Of a pod that the API server does not have any more nobody wants to hear.
        guard var entry = entries[uid], !entry.isGone else { return }
        entry.wanted = status
        entry.isFinished = isFinished
        entry.failures = 0
        entry.notBefore = .zero
        entries[uid] = entry
        enqueue(uid)
    }

    /// The API server does not have the pod any more.
    mutating func gone(uid: String) {
        if entries[uid]?.isUnderWay == true {
            entries[uid]?.isGone = true
        } else {
            entries[uid] = nil
        }
    }

    /// The next request to make; nil where there is none for now.
    mutating func next(now: Duration) -> Work? {
        var waiting: [String] = []
        defer { line = waiting + line }
        while !line.isEmpty {
            let uid = line.removeFirst()
            guard let entry = entries[uid], !entry.isUnderWay, let action = action(uid, entry) else { continue }
            guard entry.notBefore <= now else {
                waiting.append(uid)
                continue
            }
            entries[uid]?.isUnderWay = true
            entries[uid]?.written = entry.wanted
            return Work(uid: uid, namespace: entry.namespace, name: entry.name, action: action)
        }
        return nil
    }

    /// When there is a request to make again, if nothing new comes; nil for never.
    var nextDue: Duration? {
        line.compactMap { entries[$0]?.notBefore }.min()
    }

    /// A request came to an end.
    ///
    /// - Parameter jitter: A random number in 0..<1.
    mutating func finished(_ work: Work, _ outcome: Outcome, now: Duration, jitter: Double) {
        guard var entry = entries[work.uid] else { return }
        entry.isUnderWay = false
        defer { entries[work.uid]?.written = nil }
        if entry.isGone {
            entries[work.uid] = nil
            return
        }
        switch outcome {
        case .done(let status):
            entry.failures = 0
            if case .delete = work.action {
                // The watch will say that it is gone; it is not to be deleted again meanwhile.
                entry.isGone = true
            }
            if let status {
                entry.present = status
                if let written = entry.written { entry.settled = Settled(wanted: written, present: status) }
            }
        case .gone:
            entry.isGone = true
        case .failed:
            entry.failures = min(entry.failures + 1, 16)
            let pause = min(Self.pauses.first * (1 << (entry.failures - 1)), Self.pauses.longest)
            entry.notBefore = now + pause * (0.5 + jitter / 2)
        }
        entries[work.uid] = entry
        enqueue(work.uid)
    }

    private mutating func enqueue(_ uid: String) {
        guard let entry = entries[uid], !entry.isUnderWay, action(uid, entry) != nil, !line.contains(uid) else {
            return
        }
        line.append(uid)
    }

    private func action(_ uid: String, _ entry: Entry) -> Work.Action? {
        guard !entry.isGone, let wanted = entry.wanted else { return nil }
        if let present = entry.present, entry.settled != Settled(wanted: wanted, present: present),
            let patch = PodStatusPatch.make(uid: uid, wanted: wanted, present: present)
        {
            return .patch(patch)
        }
        return entry.isTerminating && entry.isFinished ? .delete : nil
    }
}
