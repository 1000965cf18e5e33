import JSON
import Synchronization

/// What waits to be taken by a pod's worker, and what the worker last told of itself.
final class PodMailbox: Sendable {
    /// What was waiting.
    struct Content: Sendable {
        /// The latest object; nil where none has come since.
        var pod: PodSpecification?
        var isRemoved = false
        var isRefused = false
        /// As many as there are things being done, at most.
        var events: [PodEvent] = []
    }

    private struct State {
        var content = Content()
        var snapshot: PodSnapshot?
        /// Of each container the latest.
        var runs: [String: ContainerRun] = [:]
    }

    let uid: String
    /// One element after something came; elements that nobody took are one.
    private let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation
    private let state = Mutex(State())

    /// Whether the pod had ended before it came here.
    private let cameEnded: Bool

    init(uid: String, cameEnded: Bool = false) {
        self.uid = uid
        self.cameEnded = cameEnded
        (wakes, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func apply(_ pod: PodSpecification) { put { $0.content.pod = pod } }
    func remove() { put { $0.content.isRemoved = true } }
    func refuse() { put { $0.content.isRefused = true } }
    func post(_ event: PodEvent) { put { $0.content.events.append(event) } }
    func wake() { waker.yield() }

    /// Waits until something has come, or that time of ``Moment/uptime``; false where the task was cancelled.
    func wait(until time: Duration?) async -> Bool {
        await withTaskGroup(of: Void.self) { group in
            if let time {
                // The one timer of this wait: it goes with it.
                group.addTask {
                    let rest = max(time - Moment.now().uptime, .zero) + .milliseconds(1)
                    if (try? await Task.sleep(for: rest)) != nil { self.wake() }
                }
            }
            defer { group.cancelAll() }
            var wakes = wakes.makeAsyncIterator()
            return await wakes.next() != nil && !Task.isCancelled
        }
    }

    private func put(_ change: (inout State) -> Void) {
        state.withLock { change(&$0) }
        waker.yield()
    }

    func take() -> Content {
        state.withLock { state in
            let content = state.content
            state.content.pod = nil
            state.content.events = []
            return content
        }
    }

    /// The latest run of a container that somebody has asked for.
    func run(of name: String) -> ContainerRun? { state.withLock { $0.runs[name] } }
    func keep(_ run: ContainerRun, of name: String) { state.withLock { $0.runs[name] = run } }

    /// Whether it takes one of the node's places: not once it has ended, nor where it was turned away.
    var takesPlace: Bool {
        state.withLock { !$0.content.isRefused && !($0.snapshot?.hasEnded ?? cameEnded) }
    }

    /// What is known to those who want logs or to run a program.
    var snapshot: PodSnapshot? {
        get { state.withLock { $0.snapshot } }
        set { state.withLock { $0.snapshot = newValue } }
    }
}

/// A pod as those see it who want its logs.
struct PodSnapshot: Sendable {
    struct Container: Sendable {
        /// The latest run; nil where there was none.
        var attempt: Int?
        var isRunning: Bool
        /// Why it waits.
        var reason: String
    }

    var pod: PodSpecification
    var paths: PodPaths
    /// Whether its phase is `Succeeded` or `Failed`.
    var hasEnded: Bool
    var containers: [String: Container]
}
