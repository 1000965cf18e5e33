internal import Glibc
internal import Netlink

/// The socket of a monitor, and how to wake whoever waits on it.
final class MonitorSocket: Sendable {
    private let socket: NetlinkSocket
    private let waker: WakeEvent
    /// `NFNLGRP_NFTABLES`.
    private static let group: UInt32 = 7

    init(in namespace: borrowing NetworkNamespace, bufferByteCount: Int) throws(NetlinkError) {
        socket = try NetlinkSocket(.netfilter, in: namespace)
        waker = try WakeEvent()
        try socket.setBuffers(receive: bufferByteCount)
    }

    func join() throws(NetlinkError) { try socket.join(group: Self.group) }

    func leave() throws(NetlinkError) { try socket.leave(group: Self.group) }

    /// Ends the wait that is under way, or else the next one.
    func wake() { waker.signal() }

    /// Waits until there is something to receive; false where somebody called ``wake()``.
    func wait() throws(NetlinkError) -> Bool {
        if try socket.waitUntilReadable(wake: waker) { return true }
        waker.reset()
        return false
    }

    /// Whether there is something to receive.
    func isReadable() throws(NetlinkError) -> Bool { try socket.waitUntilReadable(timeout: .zero) }

    /// Receives a datagram.
    func receive(into buffer: inout [UInt8]) throws(NetlinkError) -> Int {
        var bytes = buffer.mutableSpan
        // In bounds: the array's own bytes.
        return try unsafe bytes.withUnsafeMutableBytes { target throws(NetlinkError) in
            try unsafe socket.receive(into: target)
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
    /// A notification is smaller than 64 KiB.
    private var buffer = [UInt8](repeating: 0, count: 64 * 1024)

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
            let count = try source.receive(into: &buffer)
            // In bounds: the array's own bytes, of which so many were received.
            pending += assembler.events(in: unsafe buffer.span.bytes.extracting(first: count))
        } catch {
            switch error.errno {
            case ENOBUFS: try drain()
            case ENOSPC: break  // a datagram larger than the buffer: lost, but nothing else is
            default: throw error
            }
            assembler.reset()
            pending.append(.overrun)
        }
    }

    /// Discards what the kernel queued before it ran out of room.
    ///
    /// The kernel drops everything until the queue has been empty once, and says so only the first time: an overrun
    /// told before that would be followed by losses that are never told.
    private func drain() throws(NetlinkError) {
        while try source.isReadable() {
            do throws(NetlinkError) {
                _ = try source.receive(into: &buffer)
            } catch {
                guard error.errno == ENOBUFS else { throw error }
            }
        }
    }
}
