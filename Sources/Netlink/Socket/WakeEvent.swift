import CLinux
import Glibc

/// Ends another thread's wait on a socket: an `eventfd` that stays signalled until reset.
public final class WakeEvent: Sendable {
    /// The eventfd, readable while signalled; owned.
    public let fileDescriptor: Int32

    /// An event that is not signalled.
    public init() throws(NetlinkError) {
        fileDescriptor = clinux_eventfd()
        guard fileDescriptor >= 0 else { throw NetlinkError(operation: "make an eventfd", errno: -fileDescriptor) }
    }

    deinit {
        close(fileDescriptor)
    }

    /// Ends the wait that is going on, or the next one.
    public func signal() {
        // Can only fail where the counter is full, and then the event is signalled.
        _ = eventfd_write(fileDescriptor, 1)
    }

    /// Lets later waits wait again.
    public func reset() {
        var count: eventfd_t = 0
        // Can only fail where the counter is zero, and then the event is reset.
        _ = unsafe eventfd_read(fileDescriptor, &count)
    }
}
