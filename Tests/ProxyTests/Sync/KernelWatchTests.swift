import Addressing
import KubernetesTesting
import Logging
import NFTables
import Netlink
import Synchronization
import Testing

@testable import Proxy

@Suite("Watch of our tables in the kernel", .timeLimit(.minutes(1)))
struct KernelWatchTests {
    /// Gives its events, then fails or ends.
    private final class ScriptedMonitor: CommitMonitor {
        let events: [NFTablesMonitor.Event]
        let failure: NetlinkError?
        let pauses = Mutex(0)

        init(_ events: [NFTablesMonitor.Event] = [], failure: NetlinkError? = nil) {
            self.events = events
            self.failure = failure
        }

        func pause() throws(NetlinkError) { pauses.withLock { $0 += 1 } }
        func resume() throws(NetlinkError) {}

        func makeAsyncIterator() -> AsyncThrowingStream<NFTablesMonitor.Event, any Error>.Iterator {
            let (events, failure) = (events, failure)
            let stream = AsyncThrowingStream<NFTablesMonitor.Event, any Error> { continuation in
                for event in events { continuation.yield(event) }
                continuation.finish(throwing: failure)
            }
            return stream.makeAsyncIterator()
        }
    }

    /// Opens what it was given, one after the other; nil is a failure.
    private final class Opener: Sendable {
        let left: Mutex<[ScriptedMonitor?]>

        init(_ monitors: [ScriptedMonitor?]) { left = Mutex(monitors) }

        func open() throws(NetlinkError) -> ScriptedMonitor {
            guard let next = left.withLock({ $0.removeFirst() }) else { throw KernelWatchTests.failure }
            return next
        }
    }

    private static let failure = NetlinkError(operation: "receive netlink", errno: 9)

    private func watch(_ monitors: [ScriptedMonitor?], time: ManualTime, inbox: Inbox) throws -> KernelWatch<
        ScriptedMonitor
    > {
        let opener = Opener(monitors)
        return try KernelWatch(
            tableName: "trama",
            families: [.ipv4, .ipv6],
            inbox: inbox,
            logger: LogRecorder().logger,
            time: time.timekeeper
        ) { () throws(NetlinkError) in try opener.open() }
    }

    @Test func `a socket that fails is replaced after a pause, and all tables are looked at`() async throws {
        let (time, inbox) = (ManualTime(), Inbox())
        let broken = ScriptedMonitor(failure: Self.failure)
        try await watch([broken, nil, ScriptedMonitor()], time: time, inbox: inbox).run()
        #expect(time.sleeps == [.seconds(1), .seconds(2)])
        #expect(Set(inbox.take().foreignChanges.keys) == [.ipv4, .ipv6])
    }

    @Test func `a monitor that replaces one during a bulk load is paused too`() async throws {
        let second = ScriptedMonitor()
        let watch = try watch(
            [ScriptedMonitor(failure: Self.failure), second],
            time: ManualTime(),
            inbox: Inbox()
        )
        watch.pause()
        try await watch.run()
        #expect(second.pauses.withLock { $0 } == 1)
    }

    @Test func `only the family that somebody else changed is looked at`() async throws {
        let inbox = Inbox()
        let changes = [
            RulesetChange(tables: [TableID(family: .ip, name: "trama")], generation: 1, isOwn: true),
            RulesetChange(tables: [TableID(family: .ip, name: "other")], generation: 2),
            RulesetChange(tables: [TableID(family: .ip6, name: "trama")], generation: 3),
        ]
        let monitor = ScriptedMonitor(changes.map { .changed($0) })
        try await watch([monitor], time: ManualTime(), inbox: inbox).run()
        #expect(Set(inbox.take().foreignChanges.keys) == [.ipv6])
    }
}
