import Addressing
import ServiceRouting
import Synchronization

/// What the sync loop has to look at; sources and watchers put it there and never wait.
///
/// Its size is bounded: the latest change of each object, the latest state of everything else.
final class Inbox: Sendable {
    struct Content: Sendable {
        /// Objects that changed.
        var objects = PendingChanges()
        /// Whether the source has told all Services and EndpointSlices there are.
        var isSynced = false
        /// The machine's addresses and default routes, where they changed.
        var localNetwork: LocalNetwork?
        /// Families whose table somebody else wrote to, and when that was noticed.
        var foreignChanges: [IPFamily: ContinuousClock.Instant] = [:]
    }

    private let content = Mutex(Content())
    private let wakeUps: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation

    init() {
        (wakeUps, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Puts something in and wakes the loop.
    func post(_ change: (inout Content) -> Void) {
        content.withLock { change(&$0) }
        wakeUp.yield()
    }

    /// Wakes the loop, which then looks at the clock.
    func wake() { wakeUp.yield() }

    /// A reading of the content as it is.
    func peek<Result>(_ read: (Content) -> Result) -> Result where Result: Sendable { content.withLock { read($0) } }

    /// Takes everything out but whether the source is synced.
    func take() -> Content {
        content.withLock { content in
            defer {
                let isSynced = content.isSynced
                content = Content()
                content.isSynced = isSynced
            }
            return content
        }
    }

    /// Returns after the next wake-up, or at once if there was one since the last call; false when the loop is to end.
    func wait() async -> Bool {
        for await _ in wakeUps { return true }
        return false
    }
}
