public import ServiceRouting
import Synchronization

/// Changes that wait to be taken up: at most one an object, the latest.
///
/// Bounded by the number of objects: while the reader is busy, later changes of an object take the place of earlier
/// ones, and the reader gets all that wait as one batch. One task iterates; any number put in.
public final class ObjectChangeQueue: AsyncSequence, Sendable {
    /// What waited.
    public struct Batch: Sendable {
        /// The changes, in the order in which their objects first changed.
        public var changes: [ObjectChange]
        /// True once every object that the source had at first is in this batch or one before.
        public var isSynced: Bool
    }

    /// What is iterated.
    public typealias Element = Batch
    /// Nothing is thrown.
    public typealias Failure = Never

    private struct State {
        var changes: [ObjectChange] = []
        var places: [ObjectIdentity: Int] = [:]
        var isSynced = false
        /// True where the reader does not know yet that all is synced.
        var announcesSync = false
        var reader: CheckedContinuation<Void, Never>?

        var hasNews: Bool { !changes.isEmpty || announcesSync }
    }

    private let state = Mutex(State())

    /// An empty queue.
    public init() {}

    /// Puts changes in; each takes the place of a waiting change of the same object.
    ///
    /// - Parameter completes: True where, with these, everything that the source had at first was put in.
    public func put(_ changes: [ObjectChange], completes: Bool = false) {
        guard completes || !changes.isEmpty else { return }
        wakeReader { state in
            for change in changes {
                let identity = ObjectIdentity(change)
                if let place = state.places[identity] {
                    state.changes[place] = change
                } else {
                    state.places[identity] = state.changes.count
                    state.changes.append(change)
                }
            }
            if completes, !state.isSynced {
                state.isSynced = true
                state.announcesSync = true
            }
        }
    }

    /// Iterates over what waits.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(queue: self)
    }

    /// Takes batches as they come; ends where the task is cancelled.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let queue: ObjectChangeQueue

        /// Waits for the next batch; nil where the task is cancelled.
        public func next() async -> Batch? {
            await queue.nextBatch()
        }
    }

    private func wakeReader(_ body: (inout State) -> Void) {
        let reader = state.withLock { state in
            body(&state)
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
    }

    private func nextBatch() async -> Batch? {
        while !Task.isCancelled {
            if let batch = takeBatch() { return batch }
            await withTaskCancellationHandler {
                await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                    let resumed = state.withLock { state -> [CheckedContinuation<Void, Never>] in
                        // Checked here, not only before: a change or the cancellation may have come in between.
                        if state.hasNews || Task.isCancelled { return [continuation] }
                        let other = state.reader
                        state.reader = continuation
                        return other.map { [$0] } ?? []
                    }
                    for continuation in resumed { continuation.resume() }
                }
            } onCancel: {
                wakeReader { _ in }
            }
        }
        return nil
    }

    private func takeBatch() -> Batch? {
        state.withLock { state in
            guard state.hasNews else { return nil }
            let batch = Batch(changes: state.changes, isSynced: state.isSynced)
            state.changes = []
            state.places = [:]
            state.announcesSync = false
            return batch
        }
    }
}
