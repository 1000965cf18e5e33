public import Netlink

/// Tells of every commit in a network namespace, our own included, as it happens (`NFNLGRP_NFTABLES`).
///
/// For one consumer: iterators share what there is to tell. The kernel's buffer of the socket is the only queue; when
/// it overflows, the next event is ``Event/overrun``.
///
/// While anybody listens, the kernel makes a message of every object and element of every commit: 120,000 elements in
/// one commit then take 470 to 680 ms instead of 280, whether the messages are read or not (Linux 6.18, medians of one
/// run). So ``pause()`` before a bulk load, and ``resume()`` after it.
public final class NFTablesMonitor: AsyncSequence, Sendable {
    /// What there is to tell.
    public enum Event: Sendable, Hashable {
        /// Somebody committed.
        case changed(RulesetChange)
        /// Notifications were lost, or cannot be read: what the tables are now must be read.
        case overrun
    }

    /// What iterating throws: the socket's failure.
    public typealias Failure = NetlinkError

    private let source: MonitorSocket
    private let reader: MonitorReader

    /// Listens in that network namespace from now on.
    ///
    /// - Parameters:
    ///   - ownPortIDs: Addresses of the connections whose commits are our own: ``NFTablesConnection/portID``.
    ///   - bufferByteCount: Size of the kernel's queue, in which each notification takes about 1 KiB.
    public init(
        in namespace: borrowing NetworkNamespace,
        ownPortIDs: Set<UInt32> = [],
        bufferByteCount: Int = 8 * 1024 * 1024
    ) throws(NetlinkError) {
        source = try MonitorSocket(in: namespace, bufferByteCount: bufferByteCount)
        reader = MonitorReader(source, ChangeAssembler(ownPortIDs: ownPortIDs))
        try source.join()
    }

    /// Listens in the network namespace of the calling thread from now on; see
    /// ``init(in:ownPortIDs:bufferByteCount:)``.
    public convenience init(ownPortIDs: Set<UInt32> = []) throws(NetlinkError) {
        try self.init(in: NetworkNamespace.current(), ownPortIDs: ownPortIDs)
    }

    /// Stops listening: commits until ``resume()`` are not told, and cost nothing.
    public func pause() throws(NetlinkError) { try source.leave() }

    /// Listens again.
    ///
    /// What was committed meanwhile is not told: compare ``NFTablesBackend/generation()``, asked after this, with that
    /// of one's own last commit.
    public func resume() throws(NetlinkError) { try source.join() }

    /// An iterator; it ends when its task is cancelled.
    public func makeAsyncIterator() -> Iterator { Iterator(source: source, reader: reader) }

    /// Waits for events, one after the other.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let source: MonitorSocket
        fileprivate let reader: MonitorReader

        /// The next event; nil when the task is cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(NetlinkError) -> Event? {
            let (source, reader) = (source, reader)
            let result: Result<Event?, NetlinkError> = await withTaskCancellationHandler {
                await reader.next()
            } onCancel: {
                source.wake()
            }
            return try result.get()
        }

        /// The next event; nil when the task is cancelled.
        public mutating func next() async throws(NetlinkError) -> Event? { try await next(isolation: nil) }
    }
}
