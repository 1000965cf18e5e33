import Addressing
import JSON
import KubernetesAPI

/// One pod's course: what is wanted of it and what has happened to it in, what to do and its status out. Pure.
///
/// ``handle(_:at:)`` takes what happened, ``next(at:)`` returns what to do now, each thing once, and ``wakeTime`` says
/// when to ask again. Rules: upstream's `pkg/kubelet/kuberuntime` and `pkg/kubelet/prober`.
struct PodMachine: Sendable {
    enum Sandbox: Sendable, Hashable {
        /// Not there; to be made at that time.
        case absent(retryAt: Duration)
        case making
        case ready
        case removing
        /// Gone for good.
        case removed
    }

    /// Why a pod ends before its containers do.
    struct Failure: Sendable, Hashable {
        var reason: String
        var message: String
    }

    private(set) var pod: PodSpecification
    var sandbox: Sandbox
    var sandboxFailures = 0
    var sandboxMessage = ""
    /// The pod's addresses; kept when the network is gone.
    var addresses: [IPAddress] = []
    var containers: [String: ContainerState] = [:]
    /// The object is gone, or is to go at once.
    var isRemoved = false
    /// It was failed by the runtime itself.
    var failure: Failure?
    /// Until when all of it is to have ended; nil before it begins to.
    var endDeadline: Duration?
    /// All init containers have ended once, so that the others were started.
    var isInitialized = false
    let startTime: Timestamp
    /// The status of a pod that had ended before this runtime heard of it.
    var finalStatus: JSONValue?
    var conditions = PodConditions()
    /// What people may want to know, since it was last taken.
    private(set) var notes: [PodNote] = []
    private(set) var wakeTime: Duration?

    /// A pod that is new here.
    init(_ pod: PodSpecification, at now: Moment) {
        self.pod = pod
        sandbox = .absent(retryAt: now.uptime)
        startTime = pod.object[path: "status", "startTime"]?.string.flatMap { Timestamp($0) } ?? now.wall
        conditions = PodConditions(pod.object[path: "status", "conditions"])
        for container in pod.allContainers { containers[container.name] = ContainerState(container) }
        failure = PodSettings(of: pod).refusal.map { .init(reason: "SysctlForbidden", message: $0) }
        let phase = pod.object[path: "status", "phase"]?.string
        // What has ended is never started again, whatever became of its files.
        if phase == "Succeeded" || phase == "Failed" {
            finalStatus = pod.object["status"]
            sandbox = .removed
        }
    }

    /// Takes over a changed object. Containers stay what they were: the API server allows no other.
    mutating func update(_ pod: PodSpecification) {
        guard pod.uid == self.pod.uid else { return }
        self.pod = pod
    }

    /// Whether it is to be deleted.
    var isDeleted: Bool { isRemoved || pod.deletionGracePeriod != nil }

    /// Whether nothing of it is left.
    var isGone: Bool { sandbox == .removed && !containers.values.contains(where: \.isActive) }

    /// Notes since the last call.
    mutating func takeNotes() -> [PodNote] {
        defer { notes = [] }
        return notes
    }

    mutating func note(_ reason: String, _ message: String, isWarning: Bool = false) {
        // Bounded; the status says what counts.
        guard notes.count < 32 else { return }
        notes.append(PodNote(isWarning: isWarning, reason: reason, message: message))
    }

    /// Asks to be woken at that time, where it is the earliest.
    mutating func wake(at time: Duration) { wakeTime = min(wakeTime ?? time, time) }

    /// What is to be done now; what it returns counts as begun.
    mutating func next(at now: Moment) -> [PodAction] {
        wakeTime = nil
        var actions: [PodAction] = []
        checkDeadline(at: now)
        if isEnding {
            end(at: now, &actions)
        } else {
            advance(at: now, &actions)
        }
        for container in pod.allContainers {
            stepStartHook(container.name, &actions)
            stepStop(container.name, at: now, &actions)
            stepProbes(container.name, at: now, &actions)
        }
        return actions
    }

    /// Whether it is on its way to its end: nothing is started any more.
    var isEnding: Bool {
        isDeleted || finalStatus != nil || failure != nil || sandbox == .removed || sandbox == .removing || isComplete
    }

    private mutating func checkDeadline(at now: Moment) {
        // What has ended has not failed, however long it takes to be cleared away.
        guard failure == nil, !isComplete, !isGone, let limit = pod.activeDeadline else { return }
        let deadline = now.uptime(of: startTime) + .seconds(limit)
        if now.uptime >= deadline {
            failure = Failure(
                reason: "DeadlineExceeded",
                message: "Pod was active on the node longer than the specified deadline"
            )
        } else {
            wake(at: deadline)
        }
    }

    /// Whether every container has ended and none is started again.
    var isComplete: Bool {
        if let failed = failedInitContainer, containers[failed]?.isActive == false {
            return !pod.allContainers.contains { containers[$0.name]?.isActive == true && !$0.isSidecar }
        }
        return !pod.containers.isEmpty
            && pod.containers.allSatisfy { container in
                guard let state = containers[container.name], state.exit != nil else { return false }
                return !restarts(state)
            }
    }

    /// An init container that failed for good.
    var failedInitContainer: String? {
        guard pod.restartPolicy == .never else { return nil }
        return pod.initContainers.first { !$0.isSidecar && (containers[$0.name]?.exit?.exitCode ?? 0) != 0 }?.name
    }

    /// Whether a container that has ended is started again.
    func restarts(_ state: ContainerState) -> Bool {
        guard let exit = state.exit else { return false }
        if state.specification.isSidecar { return true }
        switch pod.restartPolicy {
        case .always: return !state.specification.isInit || exit.exitCode != 0
        case .onFailure: return exit.exitCode != 0
        case .never: return false
        }
    }
}

/// Something that people may want to know: an Event of the API.
public struct PodNote: Sendable, Hashable {
    /// Whether it is of type `Warning`.
    public var isWarning: Bool
    /// In upstream's words: `Started`, `BackOff`, `Unhealthy`.
    public var reason: String
    /// A sentence.
    public var message: String

    /// A note from its parts.
    public init(isWarning: Bool, reason: String, message: String) {
        self.isWarning = isWarning
        self.reason = reason
        self.message = message
    }
}
