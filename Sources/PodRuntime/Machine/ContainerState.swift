import KubernetesAPI

/// How a run of a container ended.
struct ContainerExit: Sendable, Hashable {
    var attempt: Int
    var exitCode: Int32
    /// `Completed`, `Error`, `OOMKilled`, `StartError`, `ContainerStatusUnknown`.
    var reason: String
    var message: String = ""
    var startedAt: Timestamp?
    var finishedAt: Timestamp

    /// The reason that upstream gives for a status.
    static func reason(exitCode: Int32, isOutOfMemory: Bool) -> String {
        if isOutOfMemory { return "OOMKilled" }
        return exitCode == 0 ? "Completed" : "Error"
    }
}

/// What is known of a container, and what is being done about it.
struct ContainerState: Sendable, Hashable {
    enum Phase: Sendable, Hashable {
        /// Not started yet, or refused.
        case waiting(Refusal?)
        /// Being started.
        case starting
        case running(startedAt: Timestamp)
        case exited(ContainerExit)
    }

    /// Why it could not be started, and when that is tried again.
    struct Refusal: Sendable, Hashable {
        var reason: String
        var message: String
        var refusedAt: Duration
        var retryAt: Duration

        /// For how long the status says why it failed, before it says that it waits.
        static let newsTime: Duration = .seconds(2)
    }

    /// On its way to its end.
    struct Stop: Sendable, Hashable {
        enum Step: Sendable, Hashable {
            /// The hook is to be started.
            case begun
            /// The hook runs.
            case inHook
            /// It is to be told.
            case afterHook
            case told
            case killed
        }

        var step: Step
        /// When it is killed.
        var deadline: Duration
        /// Why, for the people.
        var message: String
    }

    /// What is done when it has started.
    enum StartHook: Sendable, Hashable {
        /// To be begun.
        case due
        case running
        /// It has failed, or the container ends before it was begun.
        case failed
        case done
    }

    let specification: ContainerSpecification
    var phase: Phase = .waiting(nil)
    /// The number of the run that is, or that comes next: how often it was started again.
    var attempt = 0
    /// The end of the run before.
    var lastExit: ContainerExit?
    var backOff = RestartBackOff()
    /// How often it was refused without having run.
    var refusalCount = 0
    /// Nil for a container that does not run, and for one that has none.
    var startHook: StartHook?
    var stop: Stop?
    var probes: [ProbeKind: ProbeState] = [:]

    init(_ specification: ContainerSpecification) { self.specification = specification }

    var isRunning: Bool {
        if case .running = phase { return true }
        return false
    }

    /// Whether it has a process, or may have one in a moment.
    var isActive: Bool { isRunning || phase == .starting }

    /// Whether it has a process, but does not count as running yet.
    var isInStartHook: Bool { isRunning && startHook != nil && startHook != .done }

    /// Whether those behind it wait for its hook.
    var holdsOthers: Bool { specification.postStart != nil && (phase == .starting || isInStartHook) }

    var exit: ContainerExit? {
        if case .exited(let exit) = phase { return exit }
        return nil
    }

    /// Whether it has come up.
    var isStarted: Bool {
        isRunning && !isInStartHook
            && (specification.probes[.startup] == nil || probes[.startup]?.isSuccess == true)
    }

    /// Whether it can be asked.
    var isReady: Bool {
        isStarted && (specification.probes[.readiness] == nil || probes[.readiness]?.isSuccess == true)
    }
}

/// A probe's course.
struct ProbeState: Sendable, Hashable {
    var nextAt: Duration
    var isInFlight = false
    /// What counts, by the thresholds; nil before it is known.
    var isSuccess: Bool?
    /// How often in sequence the latest result came.
    var runLength = 0
    var lastResult: Bool?

    init(nextAt: Duration, isSuccess: Bool? = nil) {
        self.nextAt = nextAt
        self.isSuccess = isSuccess
    }

    /// Takes a result. Returns whether it is the one that made the probe fail.
    mutating func take(_ result: Bool, _ specification: ProbeSpecification) -> Bool {
        runLength = lastResult == result ? min(runLength + 1, 1 << 30) : 1
        lastResult = result
        guard runLength >= (result ? specification.successThreshold : specification.failureThreshold) else {
            return false
        }
        isSuccess = result
        return !result
    }
}
