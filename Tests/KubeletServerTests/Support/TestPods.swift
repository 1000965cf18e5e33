import JSON
import KubeletServer
import KubernetesAPI
import Synchronization

/// Pods of which this process knows: their logs are in memory, their commands processes of this machine.
final class TestPods: PodAccess {
    /// Logs by `namespace/pod/container`, and the same with `previous` behind a slash.
    let logs: Mutex<[String: MemoryLog]>
    /// What was started.
    let sessions = Mutex<[ProcessSession]>([])
    /// Of what was asked.
    let commands = Mutex<[ExecCommand]>([])
    private let failure = Mutex<String?>(nil)

    init(logs: [String: MemoryLog] = [:]) {
        self.logs = Mutex(logs)
    }

    func pods() async -> [JSONValue] {
        logs.withLock { $0.keys.sorted() }.map { ["metadata": ["name": .string($0)]] }
    }

    func problem() async -> String? { failure.withLock { $0 } }

    /// From now on that keeps the node from working.
    func fail(_ words: String?) {
        failure.withLock { $0 = words }
    }

    func logs(
        namespace: String,
        pod: String,
        container: String,
        options: LogOptions
    ) async throws(PodAccessError) -> ByteSource {
        let key = "\(namespace)/\(pod)/\(container)"
        let (present, former) = logs.withLock { ($0[key], $0["\(key)/previous"]) }
        guard let present else { throw .podNotFound(namespace: namespace, pod: pod) }
        guard options.previous else { return present.source(options) }
        guard let former else { throw .noFormerRun(of: container, pod: pod) }
        return former.source(options)
    }

    func exec(
        namespace: String,
        pod: String,
        container: String,
        _ command: ExecCommand
    ) async throws(PodAccessError) -> any ExecSession {
        commands.withLock { $0.append(command) }
        guard logs.withLock({ $0["\(namespace)/\(pod)/\(container)"] != nil }) else {
            throw .podNotFound(namespace: namespace, pod: pod)
        }
        let session = try ProcessSession(
            command.hasTerminal
                ? ["script", "-qec", command.arguments.joined(separator: " "), "/dev/null"] : command.arguments,
            hasTerminal: command.hasTerminal
        )
        sessions.withLock { $0.append(session) }
        return session
    }
}
