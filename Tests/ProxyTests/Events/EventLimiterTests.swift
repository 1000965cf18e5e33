import Logging
import Observability
import ServiceLifecycle
import Synchronization
import ServiceRouting
import Testing

@testable import Proxy

@Suite(.timeLimit(.minutes(1))) struct EventLimiterTests {
    private func time(_ seconds: Int64) -> MonotonicTime { MonotonicTime(sinceBoot: .seconds(seconds)) }

    private func event(_ note: String) -> ProxyEvent {
        ProxyEvent(type: .warning, reason: "R", action: "A", regarding: .node("n"), note: note)
    }

    @Test("the same event is told once in ten minutes, then with how often it happened") func repeats() {
        var limiter = EventLimiter()
        #expect(limiter.admit(event("a"), at: time(0)) == .init(event: event("a"), count: 1))
        #expect(limiter.admit(event("a"), at: time(1)) == nil)
        #expect(limiter.admit(event("a"), at: time(599)) == nil)
        #expect(limiter.admit(event("b"), at: time(599)) == .init(event: event("b"), count: 1))
        #expect(limiter.admit(event("a"), at: time(600)) == .init(event: event("a"), count: 3))
        #expect(limiter.admit(event("a"), at: time(1_200)) == .init(event: event("a"), count: 1))
    }

    @Test("different events are limited to a burst, and then to a rate") func burst() {
        var limiter = EventLimiter()
        let admitted = (0..<100).filter { limiter.admit(event("\($0)"), at: time(0)) != nil }
        #expect(admitted.count == 50)
        #expect(limiter.admit(event("later"), at: time(4)) == nil)
        #expect(limiter.admit(event("later"), at: time(5)) != nil)
    }

    @Test("what is remembered is bounded") func memory() {
        var limiter = EventLimiter()
        limiter.memory = 2
        for note in ["a", "b", "c"] { _ = limiter.admit(event(note), at: time(note == "a" ? 0 : 1)) }
        #expect(limiter.admit(event("c"), at: time(2)) == nil)
        #expect(limiter.admit(event("a"), at: time(2)) != nil)
    }

    @Test("events reach the sink in order, past one that fails, and the recorder stops at shutdown") func recorder()
        async throws
    {
        struct Unavailable: Error {}
        let (posted, continuation) = AsyncStream.makeStream(of: String.self)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let recorder = QueuedEventRecorder(logger: logger) { event, count in
            continuation.yield("\(event.note) \(count)")
            if event.note == "a" { throw Unavailable() }
        }
        for note in ["a", "a", "b"] { recorder.record(event(note)) }
        let group = ServiceGroup(services: [recorder], logger: logger)
        async let run: Void = group.run()
        var notes: [String] = []
        for await note in posted {
            notes.append(note)
            if notes.count == 2 { break }
        }
        await group.triggerGracefulShutdown()
        try await run
        #expect(notes == ["a 1", "b 1"])
    }

    @Test("events have upstream's words") func words() {
        let error = ListenError(address: ListenAddress(host: "0.0.0.0", port: 10_256), errno: 98, reason: "in use")
        let events: [ProxyEvent] = [
            .starting(nodeName: "n0"), .failedToStartProxierHealthcheck(nodeName: "n0", error: error),
            .failedToStartMetricServer(nodeName: "n0", error: error),
            .failedToStartServiceHealthcheck(
                nodeName: "n0",
                .init(service: .init(namespace: "ns", name: "svc"), error: error)
            ),
        ]
        #expect(
            events.map { "\($0.type.rawValue) \($0.reason) \($0.action) \($0.regarding.kind)/\($0.regarding.name)" }
                == [
                    "Normal Starting StartKubeProxy Node/n0",
                    "Warning FailedToStartProxierHealthcheck StartKubeProxy Node/n0",
                    "Warning FailedToStartMetricServer StartKubeProxy Node/n0",
                    "Warning FailedToStartServiceHealthcheck Listen Service/svc",
                ]
        )
        #expect(events[0].note.isEmpty)
    }
}
