import JSON
import KubeletServer
import KubernetesAPI
import PodRuntime
import Synchronization

/// The pods of this node as objects, with the newest status of each.
final class PodDirectory: Sendable {
    private let pods = Mutex<[String: JSONValue]>([:])

    /// The API server has this pod.
    func saw(_ pod: JSONValue) {
        guard let uid = pod[path: "metadata", "uid"]?.string else { return }
        pods.withLock { pods in
            var pod = pod
            // What the node said of it is newer.
            if let status = pods[uid]?["status"] { pod["status"] = status }
            pods[uid] = pod
        }
    }

    /// The node knows this of a pod.
    func report(uid: String, status: JSONValue) {
        pods.withLock { $0[uid]?["status"] = status }
    }

    /// The pod is gone.
    func gone(uid: String) {
        pods.withLock { $0[uid] = nil }
    }

    /// All of them.
    var all: [JSONValue] { pods.withLock { Array($0.values) } }
}

/// What the kubelet's server asks, answered by what runs the pods.
struct NodePodAccess: PodAccess {
    let runtime: PodRuntime
    let directory: PodDirectory
    let keeper: NodeKeeper

    func pods() async -> [JSONValue] { directory.all }

    /// Whether the process does its work; that the network is not ready yet is the Node's condition, not this.
    func problem() async -> String? { keeper.health.runtimeProblem }

    func logs(
        namespace: String,
        pod: String,
        container: String,
        options: ServedLogOptions
    ) async throws(ServedError) -> ByteSource {
        let since = options.sinceTime ?? options.sinceSeconds.map { Timestamp.now.advanced(by: .seconds(-$0)) }
        do throws(RuntimeError) {
            let reader = try await runtime.logs(
                namespace: namespace,
                pod: pod,
                container: container,
                options: RuntimeLogOptions(
                    follows: options.follow,
                    tailLines: options.tailLines,
                    since: since,
                    hasTimestamps: options.timestamps,
                    isPrevious: options.previous,
                    limitBytes: options.limitBytes
                )
            )
            return ByteSource(reader)
        } catch {
            throw Self.translated(error)
        }
    }

    func exec(
        namespace: String,
        pod: String,
        container: String,
        _ command: ExecCommand
    ) async throws(ServedError) -> any ServedSession {
        do throws(RuntimeError) {
            let session = try await runtime.exec(
                namespace: namespace,
                pod: pod,
                container: container,
                command: command.arguments,
                tty: command.hasTerminal,
                stdin: command.hasInput
            )
            return NodeExecSession(session: session)
        } catch {
            throw Self.translated(error)
        }
    }

    /// The runtime's reason in the server's words.
    static func translated(_ error: RuntimeError) -> ServedError {
        switch error {
        case .podNotFound(let namespace, let pod): .podNotFound(namespace: namespace, pod: pod)
        case .containerNotFound(let pod, let container): .containerNotFound(container, pod: pod)
        case .noPreviousContainer(let pod, let container): .noFormerRun(of: container, pod: pod)
        case .containerWaiting(let pod, let container, let reason):
            .notStarted(container, pod: pod, state: reason)
        case .containerNotNamed, .containerNotRunning: ServedError(.badRequest, error.description)
        case .failed: ServedError(.failed, error.description)
        }
    }
}

/// A program in a container, as the server knows it.
private struct NodeExecSession: ServedSession {
    let session: RuntimeSession

    var output: ByteSource { ByteSource(session.standardOutput) }
    var errors: ByteSource { ByteSource(session.standardError) }

    // Who writes to a program that reads no more has nothing to do about it: its end is told by `result()`.
    func write(_ bytes: [UInt8]) async { try? await session.write(bytes) }
    func closeInput() async { try? await session.closeInput() }
    func resize(columns: UInt16, rows: UInt16) async { session.resize(columns: columns, rows: rows) }

    func result() async -> ExecResult {
        do {
            return .exited(code: Int(try await session.exitStatus()))
        } catch {
            return .failed(reason: "\(error)")
        }
    }

    func end() async { session.end() }
}
