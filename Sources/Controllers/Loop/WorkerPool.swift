import KubernetesClient
import Synchronization

/// A ``WorkQueue`` with the workers that wait for it, and the keys that wait for a time.
///
/// Its owner says when the first key may be worked on, and after each what came of it. All but ``run`` may be called
/// at any time, and returns at once.
final class WorkerPool<Key: Hashable & Sendable>: Sendable {
    private struct State {
        var queue = WorkQueue<Key>()
        var idle: [CheckedContinuation<Key?, Never>] = []
        var isOpen = false
        var isStopping = false
        var timers: AsyncStream<(Key, Duration)>.Continuation?

        /// The workers that have something to do now.
        mutating func takeIdle() -> [(worker: CheckedContinuation<Key?, Never>, key: Key)] {
            var woken: [(worker: CheckedContinuation<Key?, Never>, key: Key)] = []
            while isOpen, let worker = idle.last, let key = queue.next() {
                idle.removeLast()
                woken.append((worker, key))
            }
            return woken
        }
    }

    private let state = Mutex(State())
    private let time: Timekeeper

    /// A pool without workers.
    init(time: Timekeeper) {
        self.time = time
    }

    /// Whether keys are worked on.
    var isOpen: Bool { state.withLock { $0.isOpen && $0.timers != nil } }

    /// Lets workers begin.
    func open() {
        change { $0.isOpen = true }
    }

    /// Puts keys in.
    func add(_ keys: some Sequence<Key>) {
        change { state in
            for key in keys { state.queue.add(key) }
        }
    }

    /// Says that the work on a key succeeded.
    ///
    /// - Parameter again: After how long it is to be worked on again; nil where only a change asks for it.
    func succeed(_ key: Key, again: Duration? = nil) {
        change { $0.queue.succeed(key) }
        if let again { add(key, after: again) }
    }

    /// Says that the work on a key failed.
    ///
    /// - Parameter least: What the server asked to wait.
    /// - Returns: After how long it is worked on again.
    func fail(_ key: Key, atLeast least: Duration = .zero) -> Duration {
        var delay = least
        change { delay = $0.queue.fail(key, atLeast: least) }
        add(key, after: delay)
        return delay
    }

    /// Works until it is cancelled, from an empty queue on.
    ///
    /// - Parameters:
    ///   - workers: How many keys are worked on at once.
    ///   - others: What runs beside the workers.
    ///   - work: Works on a key, and tells ``succeed(_:again:)`` or ``fail(_:atLeast:)``.
    func run(
        workers: Int,
        beside others: [@Sendable () async -> Void],
        work: @escaping @Sendable (Key) async -> Void
    ) async {
        let (timers, continuation) = AsyncStream.makeStream(of: (Key, Duration).self)
        state.withLock { $0 = State(timers: continuation) }
        await withTaskCancellationHandler {
            // Discarding: each timer is a task, and there is no end of them.
            await withDiscardingTaskGroup { group in
                for other in others { group.addTask { await other() } }
                for _ in 0..<workers {
                    group.addTask {
                        while let key = await self.next() { await work(key) }
                    }
                }
                for await (key, due) in timers {
                    group.addTask { await self.wait(for: key, until: due) }
                }
                // The stream ends where the task is cancelled.
                self.stop()
                group.cancelAll()
            }
        } onCancel: {
            continuation.finish()
        }
        state.withLock { $0 = State() }
    }

    private func change(_ body: (inout State) -> Void) {
        let woken = state.withLock { state in
            body(&state)
            return state.takeIdle()
        }
        for (worker, key) in woken { worker.resume(returning: key) }
    }

    private func add(_ key: Key, after delay: Duration) {
        let due = time.now() + delay
        state.withLock { state in
            if state.queue.add(key, at: due) { state.timers?.yield((key, due)) }
        }
    }

    private func wait(for key: Key, until due: Duration) async {
        while !Task.isCancelled, time.now() < due { try? await time.sleep(due - time.now()) }
        guard !Task.isCancelled else { return }
        let now = time.now()
        change { $0.queue.release(key, now: now) }
    }

    private func next() async -> Key? {
        await withCheckedContinuation { worker in
            let woken = state.withLock { state -> [(worker: CheckedContinuation<Key?, Never>, key: Key)]? in
                guard !state.isStopping else { return nil }
                state.idle.append(worker)
                return state.takeIdle()
            }
            guard let woken else { return worker.resume(returning: nil) }
            for (worker, key) in woken { worker.resume(returning: key) }
        }
    }

    private func stop() {
        let workers = state.withLock { state in
            state.isStopping = true
            defer { state.idle = [] }
            return state.idle
        }
        for worker in workers { worker.resume(returning: nil) }
    }
}
