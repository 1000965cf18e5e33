import Glibc

/// Receives the notifications of multicast groups, on a thread of its own.
///
/// Nothing is buffered but in the kernel, whose receive buffer bounds it; where that overflows, `next` says so and the
/// listener reads the whole state again.
public actor NetlinkMonitor {
    /// What one wait gave.
    public enum Outcome: Sendable, Equatable {
        /// Messages came, and `each` has seen them.
        case received
        /// The kernel dropped notifications (`ENOBUFS`): the listener's picture is incomplete.
        case overrun
        /// The task was cancelled.
        case cancelled
    }

    private let executor: ThreadExecutor
    private let socket: NetlinkSocket
    private let wake: WakeEvent

    /// Starts to listen: what happens from now on is received, also before the first `next`.
    ///
    /// - Parameters:
    ///   - netlinkProtocol: Whose groups.
    ///   - groups: Their numbers.
    ///   - namespace: Where it listens.
    ///   - receiveBuffer: Size in bytes of the kernel's queue.
    public init(
        _ netlinkProtocol: NetlinkProtocol,
        groups: [UInt32],
        in namespace: borrowing NetworkNamespace,
        receiveBuffer: Int = 4 << 20
    ) throws(NetlinkError) {
        let socket = try NetlinkSocket(netlinkProtocol, in: namespace)
        try socket.setBuffers(receive: receiveBuffer)
        for group in groups { try socket.join(group: group) }
        wake = try WakeEvent()
        executor = ThreadExecutor(name: "netlink-monitor")
        self.socket = socket
    }

    /// The monitor's own thread, where it may block.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Listens to one more group; takes effect also on a wait that is going on.
    public nonisolated func join(group: UInt32) throws(NetlinkError) {
        try socket.join(group: group)
    }

    /// Stops to listen to a group; what was sent before is still received.
    public nonisolated func leave(group: UInt32) throws(NetlinkError) {
        try socket.leave(group: group)
    }

    /// Waits for the next datagram and calls `each` with its messages.
    public func next(
        _ each: @Sendable (MessageHeader, RawSpan) throws(MessageError) -> Void
    ) async throws(NetlinkError) -> Outcome {
        let wake = wake
        do {
            return try await withTaskCancellationHandler {
                try receive(each)
            } onCancel: {
                wake.signal()
            }
        } catch let error as NetlinkError {
            throw error
        } catch {
            throw NetlinkError(operation: "receive notifications", errno: EIO)
        }
    }

    private func receive(
        _ each: (MessageHeader, RawSpan) throws(MessageError) -> Void
    ) throws(NetlinkError) -> Outcome {
        if Task.isCancelled { return .cancelled }
        while try !socket.waitUntilReadable(wake: wake) {
            // In this order: a cancellation after the reset leaves the event signalled for the next wait.
            wake.reset()
            if Task.isCancelled { return .cancelled }
        }
        do throws(NetlinkError) {
            try socket.receiveMessages(timeout: nil, each)
            return .received
        } catch {
            guard error.errno == ENOBUFS else { throw error }
        }
        // The kernel drops everything, and says nothing more, until its queue was empty once. What is in the queue is
        // older than the loss, so it goes too; what the listener reads again after this cannot miss a change.
        while try socket.waitUntilReadable(timeout: .zero) {
            do throws(NetlinkError) {
                try socket.receiveMessages(timeout: nil) { _, _ in }
            } catch {
                guard error.errno == ENOBUFS else { throw error }
            }
        }
        return .overrun
    }
}
