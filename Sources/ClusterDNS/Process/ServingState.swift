import Synchronization

/// How far the process is: names are served once all of them are known.
final class ServingState: Sendable {
    private let synced = Atomic(false)
    private let listening = Atomic(false)
    private let whenSynced: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() {
        (whenSynced, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Whether questions are answered.
    var isReady: Bool { synced.load(ordering: .relaxed) && listening.load(ordering: .relaxed) }

    /// Notes that all names are known.
    func sync() {
        synced.store(true, ordering: .relaxed)
        continuation.finish()
    }

    /// Notes that the sockets are open.
    func listen() {
        listening.store(true, ordering: .relaxed)
    }

    /// Returns once all names are known, or where the task is cancelled. For one task.
    func untilSynced() async {
        for await _ in whenSynced {}
    }
}
