import Addressing
import JSON
import KubernetesAPI

extension PodMachine {
    /// What an earlier runtime left of a container.
    struct Leftover: Sendable, Hashable {
        var attempt: Int
        /// When it started; nil where it has ended.
        var runningSince: Timestamp?
        /// How it ended; nil where it runs.
        var exit: ContainerExit?
        var previousExit: ContainerExit?
    }

    /// Says that there is nothing of it on this machine. One that is being deleted keeps the status that it has.
    mutating func settle() {
        guard isDeleted else { return }
        finalStatus = finalStatus ?? pod.object["status"] ?? [:]
    }

    /// Takes over what an earlier runtime left: before anything else is asked of the machine.
    ///
    /// - Parameters:
    ///   - addresses: Of the network that is still there; nil where there is none, and then containers that ran have
    ///     ended.
    ///   - hasFiles: Whether there is anything to take down.
    mutating func adopt(addresses: [IPAddress]?, hasFiles: Bool, _ leftovers: [String: Leftover], at now: Moment) {
        if let addresses {
            sandbox = .ready
            self.addresses = addresses
        } else if hasFiles, sandbox == .removed {
            sandbox = .absent(retryAt: now.uptime)
        }
        let statuses =
            (pod.object[path: "status", "containerStatuses"]?.array ?? [])
            + (pod.object[path: "status", "initContainerStatuses"]?.array ?? [])
        for (name, leftover) in leftovers {
            guard var state = containers[name] else { continue }
            state.attempt = leftover.attempt
            state.lastExit = leftover.previousExit
            if let startedAt = leftover.runningSince {
                state.phase = .running(startedAt: startedAt)
                // As upstream: what was begun by an earlier process is not begun again.
                state.startHook = state.specification.postStart.map { _ in .done }
                let status = statuses.first { $0["name"]?.string == name }
                let isSame = status?["restartCount"]?.integer == leftover.attempt
                for (kind, specification) in state.specification.probes {
                    // What was known of it stays so, until its probes say otherwise.
                    let known: Bool? =
                        switch kind {
                        case .startup: isSame && status?["started"]?.bool == true ? true : nil
                        case .readiness: isSame && status?["ready"]?.bool == true ? true : nil
                        case .liveness: nil
                        }
                    state.probes[kind] = ProbeState(
                        nextAt: max(now.uptime, now.uptime(of: startedAt) + specification.initialDelay),
                        isSuccess: known
                    )
                }
            } else if let exit = leftover.exit {
                state.phase = .exited(exit)
            }
            containers[name] = state
        }
        isInitialized = pod.containers.contains { leftovers[$0.name] != nil }
    }
}
