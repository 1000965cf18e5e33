import ServiceLifecycle
import Synchronization

/// How threads and callbacks of the daemon's parts reach the daemon, which is made after them.
///
/// What they say is passed on in order, by one task. Only the newest of what waits is kept per caller that repeats
/// itself: each of them says all there is, not what changed.
final class DaemonReference: ServiceLifecycle.Service, CustomStringConvertible {
    typealias Message = @Sendable (OverlayDaemon) async -> Void

    let description = "events"

    private let reference = Mutex<OverlayDaemon?>(nil)
    private let messages: AsyncStream<Message>
    private let continuation: AsyncStream<Message>.Continuation

    init() {
        (messages, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(256))
    }

    /// The daemon, once it is made.
    var daemon: OverlayDaemon? { reference.withLock { $0 } }

    func set(_ daemon: OverlayDaemon) {
        reference.withLock { $0 = daemon }
    }

    /// Says something to the daemon; returns at once.
    func post(_ message: @escaping Message) {
        continuation.yield(message)
    }

    func run() async throws {
        for await message in messages.cancelOnGracefulShutdown() {
            if let daemon { await message(daemon) }
        }
    }
}
