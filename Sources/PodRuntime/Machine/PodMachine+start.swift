import KubernetesAPI

extension PodMachine {
    /// Brings the pod on: its network, its init containers one after the other, then the others.
    mutating func advance(at now: Moment, _ actions: inout [PodAction]) {
        switch sandbox {
        case .absent(let retryAt):
            guard now.uptime >= retryAt else { return wake(at: retryAt) }
            sandbox = .making
            actions.append(.makeSandbox)
            return
        case .making, .removing, .removed:
            return
        case .ready:
            break
        }
        for container in pod.initContainers {
            guard let state = containers[container.name] else { continue }
            if isInitialized {
                if container.isSidecar { begin(container.name, at: now, &actions) }
                continue
            }
            guard container.isSidecar else {
                if let exit = state.exit, exit.exitCode == 0 { continue }
                begin(container.name, at: now, &actions)
                return
            }
            begin(container.name, at: now, &actions)
            guard containers[container.name]?.isStarted == true else { return }
        }
        isInitialized = true
        for container in pod.containers {
            begin(container.name, at: now, &actions)
            // As upstream: containers are started one after the other, each with its hook.
            if containers[container.name]?.holdsOthers == true { return }
        }
    }

    /// Begins the hook of a container that has started.
    mutating func stepStartHook(_ name: String, _ actions: inout [PodAction]) {
        guard var state = containers[name], state.isRunning, state.startHook == .due,
            let hook = state.specification.postStart
        else { return }
        state.startHook = state.stop == nil ? .running : .failed
        containers[name] = state
        if state.startHook == .running {
            actions.append(.runStartHook(container: name, attempt: state.attempt, hook))
        }
    }

    /// Starts a container, unless it runs, has ended for good, or is to wait.
    private mutating func begin(_ name: String, at now: Moment, _ actions: inout [PodAction]) {
        guard var state = containers[name] else { return }
        switch state.phase {
        case .starting, .running:
            return
        case .waiting(let refusal):
            if let refusal, now.uptime < refusal.retryAt {
                // When the status begins to say something else.
                let change = refusal.refusedAt + ContainerState.Refusal.newsTime
                return wake(at: now.uptime < change ? change : refusal.retryAt)
            }
        case .exited(let exit):
            guard restarts(state) else { return }
            let end = now.uptime(of: exit.finishedAt)
            if let time = state.backOff.wait(afterEnd: end, now: now.uptime) { return wake(at: time) }
            state.backOff.started(afterEnd: end, now: now.uptime)
            state.lastExit = exit
            state.attempt = exit.attempt + 1
        }
        state.phase = .starting
        state.startHook = nil
        state.stop = nil
        state.probes = [:]
        containers[name] = state
        actions.append(.start(container: name, attempt: state.attempt))
    }

    /// Ends the pod: its containers, then its sidecars in the opposite order of their start, then its network. One
    /// grace period is for all of them together.
    mutating func end(at now: Moment, _ actions: inout [PodAction]) {
        let grace = isRemoved ? 0 : pod.deletionGracePeriod ?? pod.gracePeriod
        let deadline = min(endDeadline ?? .seconds(Int64.max), now.uptime + .seconds(grace))
        endDeadline = deadline
        let sidecars = pod.initContainers.filter(\.isSidecar).map(\.name)
        let others = pod.allContainers.map(\.name).filter { !sidecars.contains($0) }
        for name in others { stop(name, deadline: deadline, "Stopping container \(name)", at: now) }
        if isRemoved || !others.contains(where: { containers[$0]?.isActive == true }) {
            for name in sidecars.reversed() {
                stop(name, deadline: deadline, "Stopping container \(name)", at: now)
                if !isRemoved, containers[name]?.isActive == true { break }
            }
        }
        guard !containers.values.contains(where: \.isActive) else { return }
        switch sandbox {
        case .ready:
            sandbox = .removing
            actions.append(.removeSandbox)
        case .absent(let retryAt):
            // Files, and what a half-made network left; again later where that failed.
            if sandboxFailures > 0, now.uptime < retryAt { return wake(at: retryAt) }
            sandbox = .removing
            actions.append(.removeSandbox)
        case .making, .removing, .removed:
            break
        }
    }

    /// Lets a container end until then, or in two seconds where that is less. A second call can only make it earlier.
    mutating func stop(_ name: String, deadline: Duration, _ message: String, at now: Moment) {
        guard var state = containers[name], state.isRunning else { return }
        // As upstream: what is told to end gets two seconds for it, but for that of which there is no object any more.
        let deadline = isRemoved ? deadline : max(deadline, now.uptime + Self.minimalGrace)
        if var stop = state.stop {
            guard deadline < stop.deadline else { return }
            stop.deadline = deadline
            state.stop = stop
        } else {
            state.stop = .init(step: .begun, deadline: deadline, message: message)
            note("Killing", message)
        }
        containers[name] = state
    }

    /// Upstream's `minimumGracePeriodInSeconds`.
    static let minimalGrace: Duration = .seconds(2)

    /// Takes a container that is to end one step further.
    mutating func stepStop(_ name: String, at now: Moment, _ actions: inout [PodAction]) {
        guard var state = containers[name], state.isRunning, var stop = state.stop else { return }
        let attempt = state.attempt
        if stop.step != .killed, now.uptime >= stop.deadline {
            stop.step = .killed
            actions.append(.kill(container: name, attempt: attempt))
        } else {
            if stop.step == .begun {
                if let hook = state.specification.preStop {
                    stop.step = .inHook
                    let limit = stop.deadline - now.uptime
                    actions.append(.runHook(container: name, attempt: attempt, hook, limit: limit))
                } else {
                    stop.step = .afterHook
                }
            }
            if stop.step == .afterHook {
                stop.step = .told
                actions.append(.tell(container: name, attempt: attempt))
            }
            if stop.step != .killed { wake(at: stop.deadline) }
        }
        state.stop = stop
        containers[name] = state
    }

    /// Asks what is due to be asked.
    mutating func stepProbes(_ name: String, at now: Moment, _ actions: inout [PodAction]) {
        guard var state = containers[name], state.isRunning, !state.isInStartHook else { return }
        for kind in ProbeKind.allCases {
            guard let specification = state.specification.probes[kind], var probe = state.probes[kind],
                !probe.isInFlight
            else { continue }
            switch kind {
            case .startup: guard probe.isSuccess != true, state.stop == nil, !isEnding else { continue }
            case .liveness: guard state.isStarted, state.stop == nil, !isEnding else { continue }
            case .readiness: guard state.isStarted else { continue }
            }
            guard now.uptime >= probe.nextAt else {
                wake(at: probe.nextAt)
                continue
            }
            probe.isInFlight = true
            probe.nextAt = now.uptime + specification.period
            state.probes[kind] = probe
            actions.append(.probe(container: name, attempt: state.attempt, kind, specification))
        }
        containers[name] = state
    }
}
