public import Logging
public import Observability
public import ServiceLifecycle
import Synchronization

/// Passes events on to where they are posted, one after the other, in the background.
///
/// At most 256 wait; more are dropped, oldest first: an API server that is away must not cost memory.
public final class QueuedEventRecorder: EventRecorder, Service, CustomStringConvertible {
    /// Posts an event; `count` is how often it has happened since it was last posted.
    public typealias Sink = @Sendable (_ event: ProxyEvent, _ count: Int) async throws -> Void

    private let limiter = Mutex(EventLimiter())
    private let queue: AsyncStream<EventLimiter.Admitted>
    private let continuation: AsyncStream<EventLimiter.Admitted>.Continuation
    private let now: @Sendable () -> MonotonicTime
    private let logger: Logger
    private let sink: Sink

    /// A recorder that posts while it runs.
    ///
    /// - Parameters:
    ///   - logger: Where events, and failures to post them, are logged.
    ///   - now: The clock.
    ///   - sink: Posts an event.
    public init(
        logger: Logger,
        now: @escaping @Sendable () -> MonotonicTime = MonotonicTime.now,
        sink: @escaping Sink
    ) {
        (queue, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(256))
        self.logger = logger
        self.now = now
        self.sink = sink
    }

    /// For the service group.
    public var description: String { "events" }

    /// Queues the event unless the same was told a short while ago, or too many were.
    public func record(_ event: ProxyEvent) {
        guard let admitted = limiter.withLock({ $0.admit(event, at: now()) }) else { return }
        continuation.yield(admitted)
    }

    /// Posts events until shutdown.
    public func run() async throws {
        for await admitted in queue.cancelOnGracefulShutdown() {
            do {
                try await sink(admitted.event, admitted.count)
            } catch is CancellationError {
                return
            } catch {
                logger.warning(
                    "Cannot post an event",
                    metadata: ["reason": "\(admitted.event.reason)", "error": "\(error)"]
                )
            }
        }
    }
}
