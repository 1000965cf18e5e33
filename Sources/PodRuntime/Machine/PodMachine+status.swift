import Addressing
import JSON
import KubernetesAPI

extension PodMachine {
    /// What a status needs besides the pod itself.
    struct Host: Sendable, Hashable {
        var addresses: [IPAddress]
    }

    /// The pod's status, as upstream's kubelet writes it (`pkg/kubelet/kubelet_pods.go`, `status/generate.go`).
    mutating func status(on host: Host, at now: Moment) -> JSONValue {
        if let finalStatus { return finalStatus }
        let phase = self.phase
        updateConditions(phase, at: now.wall)
        var status: JSONValue = ["phase": .string(phase)]
        if let generation = pod.object[path: "metadata", "generation"] { status["observedGeneration"] = generation }
        if let failure {
            status["reason"] = .string(failure.reason)
            status["message"] = .string(failure.message)
        }
        status["conditions"] = conditions.json(keeping: pod.object[path: "status", "conditions"])
        if let first = host.addresses.first {
            status["hostIP"] = .string("\(first)")
            status["hostIPs"] = .array(host.addresses.prefix(2).map { ["ip": .string("\($0)")] })
        }
        if let first = addresses.first {
            status["podIP"] = .string("\(first)")
            status["podIPs"] = .array(addresses.prefix(2).map { ["ip": .string("\($0)")] })
        }
        status["startTime"] = .string(startTime.secondDescription)
        if !pod.initContainers.isEmpty {
            status["initContainerStatuses"] = .array(pod.initContainers.map { containerStatus($0.name, at: now) })
        }
        status["containerStatuses"] = .array(
            pod.containers.sorted { $0.name < $1.name }.map { containerStatus($0.name, at: now) }
        )
        status["qosClass"] = .string(pod.object[path: "status", "qosClass"]?.string ?? ResourceClass.of(pod))
        for name in ["nominatedNodeName", "resize", "resourceClaimStatuses"] {
            if let value = pod.object[path: "status", name] { status[name] = value }
        }
        return status
    }

    /// `Pending`, `Running`, `Succeeded` or `Failed` (upstream's `getPhase`).
    var phase: String {
        if let phase = finalStatus?["phase"]?.string { return phase }
        if failure != nil, !containers.values.contains(where: \.isActive) { return "Failed" }
        if failedInitContainer != nil { return "Failed" }
        var isPendingInit = false
        if !isInitialized {
            isPendingInit = pod.initContainers.contains { container in
                guard let state = containers[container.name] else { return true }
                return container.isSidecar ? !state.isStarted : state.exit?.exitCode != 0
            }
        }
        var (running, waiting, stopped, succeeded) = (0, 0, 0, 0)
        for container in pod.containers {
            guard let state = containers[container.name] else { continue }
            switch state.phase {
            case .running where !state.isInStartHook: running += 1
            case .exited(let exit):
                stopped += 1
                if exit.exitCode == 0 { succeeded += 1 }
            case .waiting, .starting, .running:
                if state.lastExit != nil { stopped += 1 } else { waiting += 1 }
            }
        }
        // What is deleted before it has run does not fail: upstream's kubelet reports it as it was.
        if isPendingInit || waiting > 0 || running + stopped == 0 { return isGone && isDeleted ? "Failed" : "Pending" }
        if running > 0 { return "Running" }
        if isEnding, !containers.values.contains(where: \.isActive) {
            return stopped == succeeded ? "Succeeded" : "Failed"
        }
        if pod.restartPolicy == .always { return "Running" }
        if stopped == succeeded { return "Succeeded" }
        return pod.restartPolicy == .never ? "Failed" : "Running"
    }

    private mutating func updateConditions(_ phase: String, at now: Timestamp) {
        let isOver = phase == "Succeeded" || phase == "Failed"
        let overReason = phase == "Succeeded" ? "PodCompleted" : "PodFailed"
        conditions.set("PodReadyToStartContainers", sandbox == .ready, at: now)
        let uninitialized = isInitialized ? [] : pod.initContainers.filter { !isDone($0) }.map(\.name)
        conditions.set(
            "Initialized",
            uninitialized.isEmpty,
            reason: phase == "Succeeded" ? overReason : "ContainersNotInitialized",
            message: uninitialized.isEmpty ? "" : "containers with incomplete status: \(uninitialized.listed)",
            at: now
        )
        let needed = pod.initContainers.filter(\.isSidecar) + pod.containers
        let unready = needed.map(\.name).filter { containers[$0]?.isReady != true }
        let areReady = unready.isEmpty && !isOver
        let (reason, message) =
            isOver
            ? (overReason, "") : ("ContainersNotReady", "containers with unready status: \(unready.listed)")
        conditions.set("ContainersReady", areReady, reason: reason, message: message, at: now)
        let gates = pod.readinessGates.filter { gate in
            let conditions = pod.object[path: "status", "conditions"]?.array ?? []
            return !conditions.contains { $0["type"]?.string == gate && $0["status"]?.string == "True" }
        }
        if areReady, let gate = gates.first {
            conditions.set(
                "Ready",
                false,
                reason: "ReadinessGatesNotReady",
                message: "corresponding condition of pod readiness gate \"\(gate)\" does not exist or is not \"True\".",
                at: now
            )
        } else {
            conditions.set("Ready", areReady, reason: reason, message: message, at: now)
        }
        conditions.set("PodScheduled", true, at: now)
    }

    private func isDone(_ container: ContainerSpecification) -> Bool {
        guard let state = containers[container.name] else { return false }
        return container.isSidecar ? state.isStarted : state.exit?.exitCode == 0
    }

    private func containerStatus(_ name: String, at now: Moment) -> JSONValue {
        guard let state = containers[name] else { return ["name": .string(name)] }
        let specification = state.specification
        var (current, last): (JSONValue, JSONValue) = ([:], [:])
        var hasRun = state.lastExit != nil
        if let exit = state.lastExit { last = ["terminated": terminated(exit, name)] }
        var restartCount = state.attempt
        switch state.phase {
        case .running(let startedAt) where !state.isInStartHook:
            current = ["running": ["startedAt": .string(startedAt.secondDescription)]]
            hasRun = true
        case .exited(let exit):
            hasRun = true
            restartCount = exit.attempt
            let end = now.uptime(of: exit.finishedAt)
            if restarts(state), !isEnding, state.backOff.wait(afterEnd: end, now: now.uptime) != nil {
                let delay = state.backOff.currentDelay.components.seconds
                let message =
                    "back-off \(Self.goDuration(delay)) restarting failed container=\(name) "
                    + "pod=\(pod.name)_\(pod.namespace)(\(pod.uid))"
                current = waiting("CrashLoopBackOff", message)
                last = ["terminated": terminated(exit, name)]
            } else {
                current = ["terminated": terminated(exit, name)]
            }
        case .waiting(let refusal?):
            current = waiting(refusal, specification, at: now)
        case .starting where hasRun, .running where hasRun:
            restartCount = max(0, state.attempt - 1)
            current = last
            if let exit = state.lastExit, exit.attempt > 0 { last = [:] }
        case .waiting(nil), .starting, .running:
            current = waiting(pod.initContainers.isEmpty ? "ContainerCreating" : "PodInitializing", sandboxMessage)
        }
        var status: JSONValue = [
            "name": .string(name), "state": current, "lastState": last, "ready": .bool(isReadyInStatus(state)),
            "restartCount": .integer(restartCount), "image": .string(specification.image),
            "imageID": .string(hasRun ? "trama.dev/laboratory@\(specification.image)" : ""),
            "started": .bool(state.isStarted),
        ]
        if hasRun { status["containerID"] = .string(containerID(name, restartCount)) }
        return status
    }

    /// Upstream calls an init container that has done its work ready.
    private func isReadyInStatus(_ state: ContainerState) -> Bool {
        if state.specification.isInit, !state.specification.isSidecar { return state.exit?.exitCode == 0 }
        return state.isReady
    }

    private func waiting(
        _ refusal: ContainerState.Refusal,
        _ specification: ContainerSpecification,
        at now: Moment
    ) -> JSONValue {
        // Upstream says why it failed, and at its next look that it waits.
        guard refusal.reason == "ErrImagePull", now.uptime >= refusal.refusedAt + ContainerState.Refusal.newsTime else {
            return waiting(refusal.reason, refusal.message)
        }
        return waiting(
            "ImagePullBackOff",
            "Back-off pulling image \"\(specification.image)\": ErrImagePull: \(refusal.message)"
        )
    }

    private func waiting(_ reason: String, _ message: String) -> JSONValue {
        var value: JSONValue = ["reason": .string(reason)]
        if !message.isEmpty { value["message"] = .string(message) }
        return ["waiting": value]
    }

    private func terminated(_ exit: ContainerExit, _ name: String) -> JSONValue {
        var value: JSONValue = ["exitCode": .integer(exit.exitCode), "reason": .string(exit.reason)]
        if !exit.message.isEmpty { value["message"] = .string(exit.message) }
        value["startedAt"] = .string((exit.startedAt ?? exit.finishedAt).secondDescription)
        value["finishedAt"] = .string(exit.finishedAt.secondDescription)
        value["containerID"] = .string(containerID(name, exit.attempt))
        return value
    }

    private func containerID(_ name: String, _ attempt: Int) -> String { "trama://\(pod.uid)/\(name)/\(attempt)" }

    /// `10s`, `1m20s`, `5m0s`, as Go prints durations.
    static func goDuration(_ seconds: Int64) -> String {
        seconds < 60 ? "\(seconds)s" : "\(seconds / 60)m\(seconds % 60)s"
    }
}

extension [String] {
    /// `[a b]`, as Go prints lists.
    fileprivate var listed: String { "[\(joined(separator: " "))]" }
}
