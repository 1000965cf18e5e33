import Glibc
import Synchronization

/// What changed in a network namespace, for a listener that reads it when it wants: the kernel's queue itself.
///
/// The kernel queues the notifications of a change before it acknowledges the change. So who reads the queue until it is
/// empty after a request knows what the request did, and all that others did before it, in their order.
/// ``RouteMonitor`` is the same as a sequence.
public final class RouteChangeQueue: Sendable {
    private let socket: NetlinkSocket
    /// Held by the one who reads: the socket has one buffer.
    private let reading = Mutex(())

    /// Starts to listen: what happens from now on is queued.
    ///
    /// - Parameter receiveBuffer: Size in bytes of the kernel's queue.
    public init(
        _ topics: RouteMonitor.Topics = .all,
        in namespace: borrowing NetworkNamespace,
        receiveBuffer: Int = 8 << 20
    ) throws(NetlinkError) {
        let socket = try NetlinkSocket(.route, in: namespace)
        try socket.setBuffers(receive: receiveBuffer)
        for group in topics.groups { try socket.join(group: group) }
        self.socket = socket
    }

    /// Hands on all that is queued, without waiting.
    ///
    /// - Returns: False where the kernel had dropped notifications (`ENOBUFS`), or one cannot be read: everything must be
    ///   read again. The rest of what was queued is discarded then.
    public func drain(_ each: (RouteChange) -> Void) throws(NetlinkError) -> Bool {
        try reading.withLock { _ throws(NetlinkError) in
            var isWhole = true
            while try socket.waitUntilReadable(timeout: .zero) {
                do throws(NetlinkError) {
                    try socket.receiveMessages(timeout: nil) { header, body throws(MessageError) in
                        guard isWhole, let change = try RouteChange(header: header, body: body) else { return }
                        each(change)
                    }
                } catch {
                    // The kernel says so once, and drops everything until the queue was empty.
                    guard error.errno == ENOBUFS || error.errno == EBADMSG else { throw error }
                    isWhole = false
                }
            }
            return isWhole
        }
    }

    /// Waits for something to be queued; blocks the thread.
    ///
    /// - Returns: False where the time ran out or the wait was ended by `wake`.
    public func waitUntilReadable(timeout: Duration?, wake: WakeEvent) throws(NetlinkError) -> Bool {
        try socket.waitUntilReadable(timeout: timeout, wake: wake)
    }
}
