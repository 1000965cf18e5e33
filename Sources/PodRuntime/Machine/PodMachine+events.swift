import KubernetesAPI

extension PodMachine {
    /// Takes what has happened. What is about a run that is over is passed over.
    mutating func handle(_ event: PodEvent, at now: Moment) {
        switch event {
        case .sandboxMade(let addresses):
            guard sandbox == .making else { return }
            sandbox = .ready
            sandboxFailures = 0
            sandboxMessage = ""
            self.addresses = addresses
        case .sandboxFailed(let message):
            guard sandbox == .making else { return }
            sandboxFailures = min(sandboxFailures + 1, 16)
            sandboxMessage = message
            sandbox = .absent(retryAt: now.uptime + Self.delay(sandboxFailures))
            note("FailedCreatePodSandBox", "Failed to create pod sandbox: \(message)", isWarning: true)
        case .sandboxRemoved:
            if sandbox == .removing { sandbox = .removed }
        case .sandboxRemovalFailed(let message):
            guard sandbox == .removing else { return }
            sandboxFailures = min(sandboxFailures + 1, 16)
            sandbox = .absent(retryAt: now.uptime + Self.delay(sandboxFailures))
            note("FailedKillPod", "error killing pod: \(message)", isWarning: true)
        case .started(let name, let attempt, let time):
            started(name, attempt, time, at: now)
        case .refused(let name, let attempt, let reason, let message):
            refused(name, attempt, reason, message, at: now)
        case .exited(let name, let exit):
            exited(name, exit, at: now)
        case .startHookEnded(let name, let attempt, let isSuccess, let message):
            startHookEnded(name, attempt, isSuccess, message, at: now)
        case .hookEnded(let name, let attempt):
            guard containers[name]?.attempt == attempt, var stop = containers[name]?.stop, stop.step == .inHook else {
                return
            }
            stop.step = .afterHook
            // As upstream: at least two seconds for the signal, however long the hook took.
            stop.deadline = isRemoved ? stop.deadline : max(stop.deadline, now.uptime + Self.minimalGrace)
            containers[name]?.stop = stop
        case .probed(let name, let attempt, let kind, let isSuccess, let message):
            probed(name, attempt, kind, isSuccess, message, at: now)
        }
    }

    /// How long to wait after so many failures in sequence: half a second, twice as long each time, up to 16 s.
    private static func delay(_ failures: Int) -> Duration { .milliseconds(500 << min(max(failures - 1, 0), 5)) }

    private mutating func started(_ name: String, _ attempt: Int, _ time: Timestamp, at now: Moment) {
        guard var state = containers[name], state.attempt == attempt, state.phase == .starting else { return }
        state.phase = .running(startedAt: time)
        state.refusalCount = 0
        state.startHook = state.specification.postStart.map { _ in .due }
        for (kind, specification) in state.specification.probes {
            state.probes[kind] = ProbeState(nextAt: now.uptime + specification.initialDelay)
        }
        containers[name] = state
        note("Started", "Started container \(name)")
    }

    /// A container whose hook has failed is ended, and started again where the pod restarts what fails.
    private mutating func startHookEnded(
        _ name: String,
        _ attempt: Int,
        _ isSuccess: Bool,
        _ message: String,
        at now: Moment
    ) {
        guard let state = containers[name], state.attempt == attempt, state.isRunning, state.startHook == .running
        else {
            return
        }
        containers[name]?.startHook = isSuccess ? .done : .failed
        guard !isSuccess else { return }
        note("FailedPostStartHook", "PostStartHook failed: \(message)", isWarning: true)
        stop(name, deadline: now.uptime + .seconds(pod.gracePeriod), "FailedPostStartHook", at: now)
    }

    private mutating func refused(
        _ name: String,
        _ attempt: Int,
        _ reason: String,
        _ message: String,
        at now: Moment
    ) {
        guard var state = containers[name], state.attempt == attempt, state.phase == .starting else { return }
        state.refusalCount = min(state.refusalCount + 1, 16)
        // An image is asked for again like a container that keeps ending; what is missing in the cluster comes soon.
        let isImage = reason == "ErrImagePull"
        let delay: Duration =
            isImage
            ? min(.seconds(10 << min(state.refusalCount - 1, 5)), RestartBackOff.limit)
            : min(.seconds(1 << min(state.refusalCount - 1, 4)), .seconds(10))
        state.phase = .waiting(
            .init(reason: reason, message: message, refusedAt: now.uptime, retryAt: now.uptime + delay)
        )
        containers[name] = state
        note("Failed", "Error: \(reason): \(message)", isWarning: true)
    }

    private mutating func exited(_ name: String, _ exit: ContainerExit, at now: Moment) {
        guard var state = containers[name], state.attempt == exit.attempt, state.isActive else { return }
        state.phase = .exited(exit)
        state.startHook = nil
        state.stop = nil
        state.probes = [:]
        containers[name] = state
        guard restarts(state), !isEnding else { return }
        let end = now.uptime(of: exit.finishedAt)
        guard state.backOff.wait(afterEnd: end, now: now.uptime) != nil else { return }
        note(
            "BackOff",
            "Back-off restarting failed container \(name) in pod \(pod.name)_\(pod.namespace)(\(pod.uid))",
            isWarning: true
        )
    }

    private mutating func probed(
        _ name: String,
        _ attempt: Int,
        _ kind: ProbeKind,
        _ isSuccess: Bool,
        _ message: String,
        at now: Moment
    ) {
        guard var state = containers[name], state.attempt == attempt, state.isRunning,
            let specification = state.specification.probes[kind], var probe = state.probes[kind], probe.isInFlight
        else { return }
        probe.isInFlight = false
        let hasFailed = probe.take(isSuccess, specification)
        if !isSuccess { note("Unhealthy", "\(kind.rawValue) probe failed: \(message)", isWarning: true) }
        let isComeUp = kind == .startup && probe.isSuccess == true
        state.probes[kind] = probe
        containers[name] = state
        if hasFailed, kind != .readiness, state.stop == nil {
            stop(
                name,
                deadline: now.uptime + .seconds(specification.gracePeriod ?? pod.gracePeriod),
                "Container \(name) failed \(kind.rawValue.lowercased()) probe, will be restarted",
                at: now
            )
        }
        // The others begin with the moment at which it has come up, or later by their delay.
        if isComeUp, case .running(let startedAt) = state.phase {
            for kind in [ProbeKind.liveness, .readiness] {
                guard let delay = state.specification.probes[kind]?.initialDelay else { continue }
                containers[name]?.probes[kind]?.nextAt = max(now.uptime, now.uptime(of: startedAt) + delay)
            }
        }
    }
}
