import DequeModule
import HTTPTypes
import NIOCore
import NIOHTTPTypes
import Storage

/// One watch on one connection. Its state belongs to the connection's event loop.
///
/// It first collects what happens while its beginning is being written; once ``open()`` was called it writes events to
/// the connection as they are told, and collects them again while the connection does not take more. A watcher for
/// which too much was collected is cut off: it has to watch again.
final class WatchSession: Sendable {
    /// The connection's.
    let eventLoop: any EventLoop
    private let channel: any Channel
    private let encoder: WatchEncoder
    private let limits: Limits
    private let state: NIOLoopBoundBox<State>
    private let promise: EventLoopPromise<End>

    /// How much is collected for a watcher that does not keep up.
    struct Limits: Sendable {
        /// At most so many events.
        var count = 10_000
        /// At most so many bytes.
        var byteCount = 8 << 20
    }

    /// Why a watch ended.
    enum End: Sendable {
        /// As long as it was asked for.
        case timeout
        /// It did not keep up.
        case tooSlow
        /// What happened in between is not known, as the store's watch failed.
        case reloaded
        /// The server stops.
        case shutdown
        /// The client is gone.
        case clientGone

        /// Whether the answer is complete, so that the connection can go on.
        var isClean: Bool {
            switch self {
            case .timeout, .reloaded, .shutdown: true
            case .tooSlow, .clientGone: false
            }
        }
    }

    /// What is done later.
    enum Timer: Sendable, Hashable {
        /// The watch ends.
        case timeout
        /// It is told how far it has come.
        case bookmark
    }

    private struct State {
        var isOpen = false
        var hasEnded = false
        var pending: Deque<ByteBuffer> = []
        var pendingByteCount = 0
        var encoding = WatchEncoder.Progress()
        var timers: [Timer: Scheduled<Void>] = [:]
    }

    init(channel: any Channel, encoder: WatchEncoder, limits: Limits = Limits()) {
        self.channel = channel
        self.encoder = encoder
        self.limits = limits
        eventLoop = channel.eventLoop
        state = .makeBoxSendingValue(State(), eventLoop: channel.eventLoop)
        promise = channel.eventLoop.makePromise()
    }

    /// Waits for its end.
    func ended() async -> End {
        await withTaskCancellationHandler {
            (try? await promise.futureResult.get()) ?? .clientGone
        } onCancel: {
            eventLoop.execute { self.end(.shutdown) }
        }
    }

    // MARK: On the event loop

    /// Changes that happened.
    func tell(_ events: [CachedEvent]) {
        guard !state.value.hasEnded else { return }
        for event in events {
            guard let frame = encoder.frame(for: event, progress: &state.value.encoding) else { continue }
            state.value.pending.append(frame)
            state.value.pendingByteCount += frame.readableBytes
        }
        flush()
        if state.value.pending.count > limits.count || state.value.pendingByteCount > limits.byteCount { end(.tooSlow) }
    }

    /// From now on events are written as they come.
    func open() {
        state.value.isOpen = true
        flush()
    }

    /// Writes a bookmark, if the watch has not ended.
    func bookmark(_ revision: Revision) {
        guard !state.value.hasEnded, state.value.isOpen, let frame = encoder.bookmark(revision) else { return }
        state.value.pending.append(frame)
        state.value.pendingByteCount += frame.readableBytes
        flush()
    }

    /// The connection takes more, perhaps.
    func flush() {
        guard state.value.isOpen, !state.value.hasEnded else { return }
        var hasWritten = false
        while channel.isWritable, let frame = state.value.pending.popFirst() {
            state.value.pendingByteCount -= frame.readableBytes
            channel.write(HTTPResponsePart.body(frame), promise: nil)
            hasWritten = true
        }
        if hasWritten { channel.flush() }
    }

    /// Ends the watch; the first reason counts.
    func end(_ reason: End) {
        guard !state.value.hasEnded else { return }
        state.value.hasEnded = true
        state.value.pending = []
        for timer in state.value.timers.values { timer.cancel() }
        state.value.timers = [:]
        promise.succeed(reason)
        // Whoever still writes the beginning of the watch is woken up by this.
        if !reason.isClean { channel.close(mode: .all, promise: nil) }
    }

    /// Does something later, unless the watch has ended by then.
    func schedule(_ name: Timer, in delay: TimeAmount, _ body: @escaping @Sendable (WatchSession) -> Void) {
        guard !state.value.hasEnded else { return }
        let timer = eventLoop.scheduleTask(in: delay) {
            self.state.value.timers[name] = nil
            body(self)
        }
        state.value.timers[name] = timer
    }
}
