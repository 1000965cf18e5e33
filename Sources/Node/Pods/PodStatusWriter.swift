import JSON
import KubernetesAPI
import KubernetesClient
import Logging
import ServiceLifecycle
import Synchronization

/// Writes pods' statuses, and deletes pods of which nothing is left.
///
/// Source: `k8s.io/kubernetes/pkg/kubelet/status/status_manager.go`.
final class PodStatusWriter: ServiceLifecycle.Service, CustomStringConvertible {
    let description = "pod statuses"

    /// How many requests are under way at most.
    private static let limit = 8

    private let client: KubernetesClient
    private let logger: Logger
    private let board = Mutex(PodStatusBoard())
    private let wakeUps: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation

    /// A writer that has nothing to write.
    init(client: KubernetesClient, logger: Logger) {
        self.client = client
        self.logger = logger
        (wakeUps, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// The API server has this pod.
    func saw(_ pod: JSONValue) {
        board.withLock { $0.saw(pod) }
        wakeUp.yield()
    }

    /// The node knows this of a pod.
    func report(uid: String, namespace: String, name: String, status: JSONValue, isFinished: Bool) {
        board.withLock {
            $0.report(uid: uid, namespace: namespace, name: name, status: status, isFinished: isFinished)
        }
        wakeUp.yield()
    }

    /// The API server does not have the pod any more.
    func gone(uid: String) {
        board.withLock { $0.gone(uid: uid) }
        wakeUp.yield()
    }

    /// How a task of ours ended.
    private enum Ending {
        /// There is something new.
        case woken
        /// Something is due that failed before.
        case rested
        /// A request came to its end.
        case performed
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Ending.self) { group in
                var free = Self.limit
                var isResting = false
                group.addTask { await self.wait() }
                while !Task.isCancelled {
                    while free > 0, let work = self.take() {
                        free -= 1
                        group.addTask {
                            await self.perform(work)
                            return .performed
                        }
                    }
                    if !isResting, free > 0, let pause = self.pause {
                        isResting = true
                        group.addTask { await self.rest(pause) }
                    }
                    switch await group.next() {
                    case .woken: group.addTask { await self.wait() }
                    case .rested: isResting = false
                    case .performed: free += 1
                    case nil: return
                    }
                }
                group.cancelAll()
            }
        }
    }

    private func take() -> PodStatusBoard.Work? {
        let now = client.time.now()
        return board.withLock { $0.next(now: now) }
    }

    /// How long until something is to be tried again; nil where nothing is.
    private var pause: Duration? {
        let now = client.time.now()
        return board.withLock { $0.nextDue }.map { max($0 - now, .milliseconds(10)) }
    }

    /// Until there is something new. Never cancelled before the end, since that ends the stream.
    private func wait() async -> Ending {
        for await _ in wakeUps { return .woken }
        return .woken
    }

    /// Not longer than what fails next may be due in.
    private func rest(_ pause: Duration) async -> Ending {
        try? await client.time.sleep(min(pause, .seconds(1)))
        return .rested
    }

    private func perform(_ work: PodStatusBoard.Work) async {
        let outcome = await outcome(of: work)
        let now = client.time.now()
        board.withLock { $0.finished(work, outcome, now: now, jitter: Double.random(in: 0..<1)) }
    }

    private func outcome(of work: PodStatusBoard.Work) async -> PodStatusBoard.Outcome {
        do throws(ClientError) {
            switch work.action {
            case .patch(let patch):
                let answer = try await client.patch(
                    Pod.resource,
                    namespace: work.namespace,
                    name: work.name,
                    subresource: "status",
                    type: .merge,
                    body: patch.json
                )
                return .done(status: (try? JSONValue(json: answer))?["status"])
            case .delete:
                let options: JSONValue = [
                    "apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0,
                    "preconditions": ["uid": .string(work.uid)],
                ]
                _ = try await client.delete(
                    Pod.resource,
                    namespace: work.namespace,
                    name: work.name,
                    options: options.json
                )
                return .done(status: nil)
            }
        } catch {
            if case .cancelled = error { return .failed }
            if case .api(let answer) = error, Self.meansGone(answer) { return .gone }
            let words: Logger.Message =
                work.action == .delete
                ? "cannot delete a pod, trying again" : "cannot write a pod's status, trying again"
            logger.warning(words, metadata: ["pod": "\(work.namespace)/\(work.name)", "error": "\(error)"])
            return .failed
        }
    }

    /// Whether the pod is not there, or another one has its name: its uid is the precondition of all we ask.
    static func meansGone(_ answer: APIError) -> Bool {
        if answer.code == 404 { return true }
        return answer.code == 409 && answer.status.message.lowercased().contains("uid")
    }
}
