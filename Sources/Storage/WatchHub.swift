import Synchronization

/// Hands what a store has committed to those who watch, in order, from memory.
///
/// Each watcher has a buffer with bounds. What is published never waits for a watcher: one whose buffer is full is told
/// `.tooSlow` and nothing more. The latest events are kept, so that most watches begin without reading the disk.
public final class WatchHub: Sendable {
    /// How much is held in memory.
    public struct Limits: Sendable, Hashable {
        /// The most events that are kept for watches to come.
        public var historyEventCount: Int
        /// The most bytes that are kept for watches to come.
        public var historyByteCount: Int
        /// The most events that wait for one watcher.
        public var watcherEventCount: Int
        /// The most bytes that wait for one watcher.
        public var watcherByteCount: Int
        /// How long a watcher may go without hearing how far the store has come, while it comes on.
        public var progressInterval: Duration

        /// Limits from their parts.
        public init(
            historyEventCount: Int = 8192,
            historyByteCount: Int = 16 << 20,
            watcherEventCount: Int = 32_768,
            watcherByteCount: Int = 64 << 20,
            progressInterval: Duration = .milliseconds(250)
        ) {
            self.historyEventCount = historyEventCount
            self.historyByteCount = historyByteCount
            self.watcherEventCount = watcherEventCount
            self.watcherByteCount = watcherByteCount
            self.progressInterval = progressInterval
        }
    }

    private let limits: Limits
    private let state: Mutex<State>

    fileprivate struct State {
        var revision: Revision
        var history: EventHistory
        var watchers: [UInt64: Watcher] = [:]
        var nextNumber: UInt64 = 0
        var lastProgress = ContinuousClock.now
        var isClosed = false
    }

    /// A hub of a store that has come to this revision.
    public init(revision: Revision, limits: Limits = Limits()) {
        self.limits = limits
        state = Mutex(State(revision: revision, history: EventHistory(after: revision)))
    }

    /// The revision that was published last.
    public var revision: Revision { state.withLock { $0.revision } }

    /// How many watch now.
    public var watcherCount: Int { state.withLock { $0.watchers.count } }

    /// Tells what transactions did that are on the disk now.
    ///
    /// - Parameters:
    ///   - events: In the order of their revisions, all above the last one that was published.
    ///   - revision: The newest one.
    public func publish(_ events: [StoreEvent], revision: Revision) {
        let wakings = state.withLock { state in
            state.revision = max(state.revision, revision)
            state.history.append(events, limits: limits)
            let now = ContinuousClock.now
            let tellsProgress = now - state.lastProgress >= limits.progressInterval
            if tellsProgress { state.lastProgress = now }
            return state.wakings { watcher in
                watcher.append(events, limits: limits)
                return watcher.hasNews || tellsProgress
            }
        }
        for waking in wakings { waking.waiter.resume(returning: waking.result) }
    }

    /// Tells each watcher that waits how far the store has come, unless it knows.
    public func tellProgress() {
        let wakings = state.withLock { state in
            state.lastProgress = .now
            return state.wakings { _ in true }
        }
        for waking in wakings { waking.waiter.resume(returning: waking.result) }
    }

    /// Ends all watches, after what is buffered was taken, and lets no more begin.
    public func close() {
        let wakings = state.withLock { state in
            state.isClosed = true
            return state.endings()
        }
        for waking in wakings { waking.waiter.resume(returning: waking.result) }
    }

    /// Begins a watch from what is in memory.
    ///
    /// - Returns: Nil where events after that revision are no longer here: they must be read elsewhere first.
    public func watch(_ range: KeyRange, after revision: Revision?) -> Subscription? {
        state.withLock { state in
            let start = revision ?? state.revision
            guard let events = state.history.events(of: range, after: start) else { return nil }
            let number = state.nextNumber
            state.nextNumber += 1
            state.watchers[number] = Watcher(range: range, start: start, events: events)
            return Subscription(hub: self, number: number)
        }
    }

    fileprivate func remove(_ number: UInt64) {
        let waiter = state.withLock { $0.watchers.removeValue(forKey: number)?.waiter }
        waiter?.resume(returning: .success(nil))
    }

    fileprivate func wait(_ number: UInt64, _ waiter: Watcher.Waiter) {
        let result: Result<StoreEventBatch?, StoreError>? = state.withLock { state in
            // Under the lock: whoever cancels later finds the waiter.
            guard !Task.isCancelled, state.watchers[number]?.waiter == nil else { return .success(nil) }
            if let result = state.watchers[number]?.take(at: state.revision, evenProgress: false) { return result }
            guard !state.isClosed, state.watchers[number] != nil else { return .success(nil) }
            state.watchers[number]?.waiter = waiter
            return nil
        }
        if let result { waiter.resume(returning: result) }
    }

    fileprivate func stopWaiting(_ number: UInt64) {
        let waiter = state.withLock { state in
            let waiter = state.watchers[number]?.waiter
            state.watchers[number]?.waiter = nil
            return waiter
        }
        waiter?.resume(returning: .success(nil))
    }

    /// A place in a hub's events; gives it up when nobody refers to it any more.
    public final class Subscription: Sendable {
        private let hub: WatchHub
        private let number: UInt64

        fileprivate init(hub: WatchHub, number: UInt64) {
            self.hub = hub
            self.number = number
        }

        deinit { hub.remove(number) }

        /// Waits for what comes next. Only one task may wait.
        ///
        /// - Returns: Nil where the hub was closed, or the task was cancelled.
        /// - Throws: `.tooSlow`.
        public func next() async throws(StoreError) -> StoreEventBatch? {
            let result = await withTaskCancellationHandler {
                await withCheckedContinuation { hub.wait(number, $0) }
            } onCancel: {
                hub.stopWaiting(number)
            }
            return try result.get()
        }
    }
}

/// Somebody who watches, and what waits for them.
private struct Watcher {
    typealias Waiter = CheckedContinuation<Result<StoreEventBatch?, StoreError>, Never>

    let range: KeyRange
    /// The revision that was told last.
    var told: Revision
    var events: [StoreEvent]
    var byteCount: Int
    var isTooSlow = false
    var waiter: Waiter?

    init(range: KeyRange, start: Revision, events: [StoreEvent]) {
        self.range = range
        told = start
        self.events = events
        byteCount = events.reduce(0) { $0 + $1.byteCount }
    }

    var hasNews: Bool { !events.isEmpty || isTooSlow }

    mutating func append(_ added: [StoreEvent], limits: WatchHub.Limits) {
        guard !isTooSlow else { return }
        for event in added where event.revision > told && range.contains(event.key) {
            events.append(event)
            byteCount += event.byteCount
        }
        // Who waits takes them at once.
        guard waiter == nil else { return }
        if events.count > limits.watcherEventCount || byteCount > limits.watcherByteCount {
            isTooSlow = true
            events = []
            byteCount = 0
        }
    }

    /// What the watcher is told next; nil where it has to wait.
    mutating func take(at revision: Revision, evenProgress: Bool) -> Result<StoreEventBatch?, StoreError>? {
        if isTooSlow { return .failure(.tooSlow) }
        guard !events.isEmpty || (evenProgress && revision > told) else { return nil }
        told = max(told, revision)
        let batch = StoreEventBatch(events: events, revision: told)
        events = []
        byteCount = 0
        return .success(batch)
    }
}

/// A watcher that goes on, and with what.
private struct Waking: Sendable {
    let waiter: Watcher.Waiter
    let result: Result<StoreEventBatch?, StoreError>
}

extension WatchHub.State {
    /// Lets watchers that wait take what there is, where the condition says so.
    fileprivate mutating func wakings(where condition: (inout Watcher) -> Bool) -> [Waking] {
        var wakings: [Waking] = []
        for index in watchers.values.indices {
            guard condition(&watchers.values[index]), let waiter = watchers.values[index].waiter,
                let result = watchers.values[index].take(at: revision, evenProgress: true)
            else { continue }
            watchers.values[index].waiter = nil
            wakings.append(Waking(waiter: waiter, result: result))
        }
        return wakings
    }

    /// Ends the waiting of all.
    fileprivate mutating func endings() -> [Waking] {
        var wakings: [Waking] = []
        for index in watchers.values.indices {
            guard let waiter = watchers.values[index].waiter else { continue }
            watchers.values[index].waiter = nil
            wakings.append(Waking(waiter: waiter, result: .success(nil)))
        }
        return wakings
    }
}
