/// What a pod is doing, summed up for people.
///
/// Source: `printPod` of `pkg/printers/internalversion/printers.go`.
struct PodState {
    /// How many containers there are, those that run beside them included.
    private(set) var containerCount: Int
    /// How many of them are ready.
    private(set) var readyCount = 0
    /// How often they were started anew.
    private(set) var restartCount = 0
    /// When last; empty where that is not known.
    private(set) var lastRestart = ""
    /// In a word, such as `Running`, `CrashLoopBackOff` or `Init:0/2`.
    private(set) var reason: String

    init(_ pod: ObjectView) {
        let (spec, status) = (pod.spec, pod.status)
        reason = status.reason.text.isEmpty ? status.phase.text : status.reason.text
        for condition in status.conditions.elements
        where condition.type.text == "PodScheduled" && condition.reason.text == "SchedulingGated" {
            reason = "SchedulingGated"
        }
        let sidecars = Set(
            spec.initContainers.elements.filter { $0.restartPolicy.text == "Always" }.map(\.name.text)
        )
        containerCount = spec.containers.count + sidecars.count
        let isInitializing = readInitContainers(status, sidecars, count: spec.initContainers.count)
        let isInitialized = status.conditions.elements.contains {
            $0.type.text == "Initialized" && $0.status.text == "True"
        }
        if !isInitializing || isInitialized { readContainers(status, sidecars) }
        if pod.metadata.deletionTimestamp.isPresent {
            if status.reason.text == "NodeLost" {
                reason = "Unknown"
            } else if !["Succeeded", "Failed"].contains(status.phase.text) {
                reason = "Terminating"
            }
        }
    }

    private mutating func countRestarts(_ container: ObjectView) {
        restartCount = Self.sum(restartCount, container.restartCount.number ?? 0)
        let last = container.lastState.terminated.finishedAt.text
        // Times of one form are in the order of their texts.
        if last > lastRestart { lastRestart = last }
    }

    private static func sum(_ left: Int, _ right: Int) -> Int {
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow ? .max : sum
    }

    /// Walks the containers that run before the others, up to the first that is not done.
    ///
    /// - Returns: Whether there is such a one.
    private mutating func readInitContainers(_ status: ObjectView, _ sidecars: Set<String>, count: Int) -> Bool {
        for (index, container) in status.initContainerStatuses.elements.enumerated() {
            countRestarts(container)
            let (ended, waiting) = (container.state.terminated, container.state.waiting.reason.text)
            if ended.isPresent, ended.exitCode.number ?? 0 == 0 { continue }
            if sidecars.contains(container.name.text), container.started.isTrue {
                if container.ready.isTrue { readyCount += 1 }
                continue
            }
            if ended.isPresent {
                reason = "Init:" + Self.ending(ended)
            } else if !waiting.isEmpty, waiting != "PodInitializing" {
                reason = "Init:\(waiting)"
            } else {
                reason = "Init:\(index)/\(count)"
            }
            return true
        }
        return false
    }

    private mutating func readContainers(_ status: ObjectView, _ sidecars: Set<String>) {
        restartCount = 0
        lastRestart = ""
        for container in status.initContainerStatuses.elements where sidecars.contains(container.name.text) {
            countRestarts(container)
        }
        var isRunning = false
        for container in status.containerStatuses.elements.reversed() {
            countRestarts(container)
            let (ended, waiting) = (container.state.terminated, container.state.waiting.reason.text)
            if !waiting.isEmpty {
                reason = waiting
            } else if ended.isPresent {
                reason = Self.ending(ended)
            } else if container.ready.isTrue, container.state.running.isPresent {
                isRunning = true
                readyCount += 1
            }
        }
        guard reason == "Completed", isRunning else { return }
        let isReady = status.conditions.elements.contains { $0.type.text == "Ready" && $0.status.text == "True" }
        reason = isReady ? "Running" : "NotReady"
    }

    /// How a container ended.
    private static func ending(_ terminated: ObjectView) -> String {
        if !terminated.reason.text.isEmpty { return terminated.reason.text }
        let signal = terminated.signal.number ?? 0
        return signal != 0 ? "Signal:\(signal)" : "ExitCode:\(terminated.exitCode.number ?? 0)"
    }
}
