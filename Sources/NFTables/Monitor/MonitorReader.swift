internal import CLinux
internal import Glibc
internal import Netlink

/// The socket of a monitor, and how to wake whoever waits on it.
final class MonitorSocket: Sendable {
    private let socket: NetlinkSocket
    /// An eventfd, readable once somebody wants the wait to end.
    private let waker: Int32
    /// `NFNLGRP_NFTABLES`.
    private static let group: UInt32 = 7

    init(in namespace: borrowing NetworkNamespace, bufferByteCount: Int) throws(NetlinkError) {
        let socket = try NetlinkSocket(.netfilter, in: namespace)
        try socket.setBuffers(send: nil, receive: bufferByteCount)
        waker = clinux_eventfd()
        guard waker >= 0 else {
            throw NetlinkError(operation: "make the eventfd of a monitor", errno: -waker, message: nil, offset: nil)
        }
        self.socket = socket
    }

    deinit { close(waker) }

    func join() throws(NetlinkError) { try socket.join(group: Self.group) }

    func leave() throws(NetlinkError) { try socket.leave(group: Self.group) }

    /// Ends the wait that is under way, or else the next one.
    func wake() {
        var one: UInt64 = 1
        // In bounds: eight bytes, as an eventfd takes.
        _ = unsafe write(waker, &one, 8)
    }

    /// Waits until there is something to receive; false where somebody called ``wake()``.
    func wait() throws(NetlinkError) -> Bool {
        var descriptors = [
            pollfd(fd: socket.fileDescriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: waker, events: Int16(POLLIN), revents: 0),
        ]
        // In bounds: the array's own count.
        while unsafe poll(&descriptors, nfds_t(descriptors.count), -1) < 0 {
            guard errno == EINTR else {
                throw NetlinkError(operation: "wait for notifications of nftables", errno: errno, message: nil, offset: nil)
            }
        }
        guard descriptors[1].revents == 0 else {
            var count: UInt64 = 0
            // In bounds: eight bytes, as an eventfd gives.
            _ = unsafe read(waker, &count, 8)
            return false
        }
        return true
    }

    /// Receives a datagram without waiting; nil where there is none.
    func receive(into buffer: UnsafeMutableRawBufferPointer) throws(NetlinkError) -> Int? {
        do throws(NetlinkError) {
            return try unsafe socket.receive(into: buffer, timeout: .zero)
        } catch {
            guard error.errno == EAGAIN else { throw error }
            return nil
        }
    }
}

/// Reads a monitor's socket on a thread of its own.
actor MonitorReader {
    private let executor: ThreadExecutor
    private let source: MonitorSocket
    private var assembler: ChangeAssembler
    /// Told one by one.
    private var pending: [NFTablesMonitor.Event] = []
    private var buffer = ReceiveBuffer()

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    init(_ source: MonitorSocket, _ assembler: ChangeAssembler) {
        executor = ThreadExecutor(name: "nftables monitor")
        self.source = source
        self.assembler = assembler
    }

    /// The next event; nil when the task is cancelled.
    func next() -> Result<NFTablesMonitor.Event?, NetlinkError> {
        do throws(NetlinkError) {
            while pending.isEmpty {
                guard !Task.isCancelled else { return .success(nil) }
                guard try source.wait() else { continue }
                try receive()
            }
            return .success(pending.removeFirst())
        } catch {
            return .failure(error)
        }
    }

    private func receive() throws(NetlinkError) {
        do throws(NetlinkError) {
            guard let count = try unsafe source.receive(into: buffer.memory) else { return }
            unsafe ReceivedMessage.forEach(in: buffer.received(count)) { message in
                if let change = assembler.take(message) { pending.append(.changed(change)) }
            }
        } catch {
            guard error.errno == ENOBUFS else { throw error }
            assembler.reset()
            pending.append(.overrun)
        }
    }
}
