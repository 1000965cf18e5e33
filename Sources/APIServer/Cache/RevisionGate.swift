import Storage
import Synchronization

/// How far something has come, and who waits for it to come further.
final class RevisionGate: Sendable {
    private struct State {
        var revision = Revision(0)
        var waiters: [UInt64: (revision: Revision, continuation: CheckedContinuation<Bool, Never>)] = [:]
        var nextID: UInt64 = 0
    }

    private let state = Mutex(State())

    /// How far it has come.
    var revision: Revision { state.withLock { $0.revision } }

    /// It has come so far; less than before is ignored.
    func advance(to revision: Revision) {
        let resumed = state.withLock { state -> [CheckedContinuation<Bool, Never>] in
            guard revision > state.revision else { return [] }
            state.revision = revision
            guard !state.waiters.isEmpty else { return [] }
            let due = state.waiters.filter { $0.value.revision <= revision }
            for id in due.keys { state.waiters[id] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in resumed { continuation.resume(returning: true) }
    }

    /// Waits until it has come so far; false where it does not in that time.
    func wait(for revision: Revision, timeout: Duration) async -> Bool {
        if self.revision >= revision { return true }
        return await withTaskGroup(of: Bool.self) { group in
            group.addTask { await self.wait(for: revision) }
            group.addTask {
                try? await Task.sleep(for: timeout)
                return false
            }
            let result = await group.next() ?? false
            group.cancelAll()
            return result
        }
    }

    /// Waits until it has come so far; false where the task is cancelled.
    func wait(for revision: Revision) async -> Bool {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let result = state.withLock { state -> Bool? in
                    if state.revision >= revision { return true }
                    if Task.isCancelled { return false }
                    state.waiters[id] = (revision, continuation)
                    return nil
                }
                if let result { continuation.resume(returning: result) }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.continuation.resume(returning: false)
        }
    }
}
