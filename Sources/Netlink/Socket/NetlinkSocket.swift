import CNetfilter
import Glibc

/// A netlink socket, synchronous and blocking: for use on an actor that has a ``ThreadExecutor``.
///
/// It belongs for good to the network namespace it was made in. The kernel gives it its port, explains its errors
/// (`NETLINK_EXT_ACK`) and does not quote whole requests back (`NETLINK_CAP_ACK`).
///
/// Safe: the libmnl handle and the buffer are owned, private and freed only in `deinit`.
@safe
public struct NetlinkSocket: ~Copyable, @unchecked Sendable {
    /// `struct mnl_socket`; owned.
    private let handle: OpaquePointer
    /// Where datagrams are received; owned. The kernel fills at most 32 KB of a dump at once, and notifications and
    /// errors are smaller; untouched pages cost nothing.
    let buffer: UnsafeMutableRawBufferPointer
    private var lastSequence: UInt32 = 0

    /// The family it speaks to.
    public let netlinkProtocol: NetlinkProtocol
    /// The address the kernel gave the socket (`nl_pid`).
    public let portID: UInt32

    /// How long a reply may take. The kernel answers most requests before `send` returns; a dump it prepares as it is
    /// read. Waiting longer means the reply was lost.
    static let replyTimeout = Duration.seconds(30)

    /// Opens a socket in the namespace.
    public init(_ netlinkProtocol: NetlinkProtocol, in namespace: borrowing NetworkNamespace) throws(NetlinkError) {
        let handle = unsafe try namespace.enter { () throws(NetlinkError) in unsafe try Self.open(netlinkProtocol) }
        unsafe self.init(netlinkProtocol, owning: handle)
    }

    /// Opens a socket in the namespace of the calling thread.
    public init(_ netlinkProtocol: NetlinkProtocol) throws(NetlinkError) {
        let handle = unsafe try Self.open(netlinkProtocol)
        unsafe self.init(netlinkProtocol, owning: handle)
    }

    private init(_ netlinkProtocol: NetlinkProtocol, owning handle: OpaquePointer) {
        unsafe self.handle = handle
        self.netlinkProtocol = netlinkProtocol
        unsafe buffer = .allocate(byteCount: 256 << 10, alignment: 16)
        portID = unsafe mnl_socket_get_portid(handle)
    }

    /// A `struct mnl_socket` with a port and its options set; the caller owns it.
    private static func open(_ netlinkProtocol: NetlinkProtocol) throws(NetlinkError) -> OpaquePointer {
        guard let handle = unsafe mnl_socket_open2(netlinkProtocol.rawValue, Int32(SOCK_CLOEXEC.rawValue)) else {
            throw NetlinkError(operation: "open a netlink \(netlinkProtocol) socket", errno: errno)
        }
        do throws(NetlinkError) {
            guard unsafe mnl_socket_bind(handle, 0, 0) == 0 else {
                throw NetlinkError(operation: "bind a netlink \(netlinkProtocol) socket", errno: errno)
            }
            unsafe try setOption(NETLINK_EXT_ACK, to: 1, of: handle)
            unsafe try setOption(NETLINK_CAP_ACK, to: 1, of: handle)
            if netlinkProtocol == .route {
                // Dumps apply the filters in their request's header and attributes.
                unsafe try setOption(NETLINK_GET_STRICT_CHK, to: 1, of: handle)
            }
        } catch {
            unsafe mnl_socket_close(handle)
            throw error
        }
        return unsafe handle
    }

    deinit {
        unsafe mnl_socket_close(handle)
        unsafe buffer.deallocate()
    }

    /// The socket's descriptor; stays owned by the socket.
    public var fileDescriptor: Int32 { unsafe mnl_socket_get_fd(handle) }

    // MARK: Settings

    /// Starts to receive a multicast group's notifications; the group by number, not by bit.
    public borrowing func join(group: UInt32) throws(NetlinkError) {
        unsafe try Self.setOption(NETLINK_ADD_MEMBERSHIP, to: group, of: handle)
    }

    /// Stops receiving a multicast group's notifications.
    public borrowing func leave(group: UInt32) throws(NetlinkError) {
        unsafe try Self.setOption(NETLINK_DROP_MEMBERSHIP, to: group, of: handle)
    }

    /// Sets the sizes in bytes of the kernel's queues for this socket, beyond the system's limits where the process
    /// has `CAP_NET_ADMIN`. One datagram must fit the send buffer; nil leaves a size alone.
    public borrowing func setBuffers(send: Int? = nil, receive: Int? = nil) throws(NetlinkError) {
        if let send { try setBuffer(SO_SNDBUFFORCE, orElse: SO_SNDBUF, to: send) }
        if let receive { try setBuffer(SO_RCVBUFFORCE, orElse: SO_RCVBUF, to: receive) }
    }

    private borrowing func setBuffer(_ forced: Int32, orElse limited: Int32, to byteCount: Int) throws(NetlinkError) {
        var value = Int32(clamping: byteCount)
        let size = socklen_t(MemoryLayout<Int32>.size)
        // In bounds: both calls read the one Int32.
        guard
            unsafe setsockopt(fileDescriptor, SOL_SOCKET, forced, &value, size) != 0,
            unsafe setsockopt(fileDescriptor, SOL_SOCKET, limited, &value, size) != 0
        else { return }
        throw NetlinkError(operation: "set a netlink socket's buffer to \(byteCount) bytes", errno: errno)
    }

    private static func setOption(
        _ option: Int32,
        to value: UInt32,
        of handle: OpaquePointer
    ) throws(NetlinkError) {
        var value = value
        // In bounds: the call reads the one UInt32.
        let result = unsafe mnl_socket_setsockopt(handle, option, &value, socklen_t(MemoryLayout<UInt32>.size))
        guard result == 0 else {
            throw NetlinkError(operation: "set netlink socket option \(option) to \(value)", errno: errno)
        }
    }

    // MARK: Bytes

    /// A sequence number that no request in flight has.
    public mutating func nextSequence() -> UInt32 {
        nextSequences(count: 1).lowerBound
    }

    /// Consecutive sequence numbers for a batch of messages, none of them 0.
    public mutating func nextSequences(count: Int) -> ClosedRange<UInt32> {
        let count = UInt32(clamping: max(count, 1))
        if lastSequence > UInt32.max - count { lastSequence = 0 }
        let first = lastSequence + 1
        lastSequence += count
        return first...lastSequence
    }

    /// Sends one datagram to the kernel, which works through its messages before this returns.
    public borrowing func send(_ bytes: UnsafeRawBufferPointer) throws(NetlinkError) {
        while true {
            // In bounds: the buffer's own start and size.
            let sent = unsafe mnl_socket_sendto(handle, bytes.baseAddress, bytes.count)
            if sent >= 0 { return }
            let error = errno
            guard error == EINTR else {
                throw NetlinkError(operation: "send \(bytes.count) bytes of netlink", errno: error)
            }
        }
    }

    /// Receives one datagram; returns its size.
    ///
    /// - Parameters:
    ///   - buffer: Where it goes; a datagram that does not fit is `ENOSPC` and lost.
    ///   - timeout: How long to wait; nil is for ever.
    /// - Throws: `ETIMEDOUT` where nothing came, `ENOBUFS` where the kernel dropped messages because the receive
    ///   buffer was full.
    public borrowing func receive(
        into buffer: UnsafeMutableRawBufferPointer,
        timeout: Duration? = nil
    ) throws(NetlinkError) -> Int {
        if let timeout {
            guard try waitUntilReadable(timeout: timeout) else {
                throw NetlinkError(operation: "wait \(timeout) for netlink", errno: ETIMEDOUT)
            }
        }
        while true {
            // In bounds: the buffer's own start and size.
            let count = unsafe mnl_socket_recvfrom(handle, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            let error = errno
            guard error == EINTR else { throw NetlinkError(operation: "receive netlink", errno: error) }
        }
    }

    /// Waits for a datagram or an error to be read.
    ///
    /// - Parameters:
    ///   - timeout: How long; nil is for ever, zero asks without waiting.
    ///   - wake: Ends the wait early when signalled.
    /// - Returns: False where the time ran out or the wait was ended.
    public borrowing func waitUntilReadable(
        timeout: Duration? = nil,
        wake: WakeEvent? = nil
    ) throws(NetlinkError) -> Bool {
        let clock = ContinuousClock()
        let deadline = timeout.map { clock.now + $0 }
        while true {
            let events = Int16(POLLIN)
            var descriptors: [2 of pollfd] = [
                pollfd(fd: fileDescriptor, events: events, revents: 0),
                pollfd(fd: wake?.fileDescriptor ?? -1, events: events, revents: 0),
            ]
            let milliseconds = deadline.map { Self.milliseconds(until: $0, clock) } ?? -1
            var span = descriptors.mutableSpan
            // In bounds: two entries; poll skips one whose descriptor is -1.
            let ready = unsafe span.withUnsafeMutableBufferPointer { entries in
                unsafe poll(entries.baseAddress, nfds_t(entries.count), milliseconds)
            }
            let error = errno
            if ready > 0 {
                return descriptors[0].revents != 0
            }
            if ready == 0, milliseconds < Int32.max { return false }
            if ready < 0, error != EINTR {
                throw NetlinkError(operation: "wait for netlink", errno: error)
            }
        }
    }

    /// The time left, rounded up, as `poll` takes it.
    private static func milliseconds(until deadline: ContinuousClock.Instant, _ clock: ContinuousClock) -> Int32 {
        let left = deadline - clock.now
        guard left > .zero else { return 0 }
        let (seconds, attoseconds) = left.components
        let milliseconds = seconds.multipliedReportingOverflow(by: 1000)
        guard !milliseconds.overflow else { return .max }
        return Int32(clamping: milliseconds.partialValue + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
