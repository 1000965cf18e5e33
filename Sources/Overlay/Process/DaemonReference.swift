import ServiceLifecycle
import Synchronization

/// How threads and callbacks of the daemon's parts reach the daemon, which is made after them.
///
/// What they say is passed on in order, by one task. Of more than 256 messages that wait the oldest are dropped: each asks
/// the daemon to look at all there is, so that the newest will do.
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
