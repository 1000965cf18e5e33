import NIOCore
import Synchronization

/// The watches of one kind on one event loop: one hop brings a change to all of them.
final class LoopFanout: Sendable {
    private let eventLoop: any EventLoop
    private let sessions: NIOLoopBoundBox<[ObjectIdentifier: WatchSession]>
    private let counter = Atomic<Int>(0)

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        sessions = .makeBoxSendingValue([:], eventLoop: eventLoop)
    }

    /// How many watches there are; those that are being added or removed are counted already.
    var count: Int { counter.load(ordering: .relaxed) }

    /// From the next change on, this watch is told.
    func add(_ session: WatchSession) {
        counter.wrappingAdd(1, ordering: .relaxed)
        eventLoop.execute { self.sessions.value[ObjectIdentifier(session)] = session }
    }

    /// The watch is told nothing more.
    func remove(_ session: WatchSession) {
        counter.wrappingSubtract(1, ordering: .relaxed)
        eventLoop.execute { self.sessions.value[ObjectIdentifier(session)] = nil }
    }

    /// Tells all watches.
    func tell(_ events: [CachedEvent]) {
        eventLoop.execute {
            for session in self.sessions.value.values { session.tell(events) }
        }
    }

    /// Ends all watches.
    func endAll(_ reason: WatchSession.End) {
        eventLoop.execute {
            for session in self.sessions.value.values { session.end(reason) }
        }
    }
}
