import CNetfilter
import Glibc

/// Lists and deletes the tracked connections of one network namespace.
public actor ConntrackConnection {
    private let executor: ThreadExecutor
    private var socket: NetlinkSocket

    /// Connects to a namespace.
    public init(in namespace: borrowing NetworkNamespace) throws(NetlinkError) {
        executor = ThreadExecutor(name: "conntrack")
        socket = try NetlinkSocket(.netfilter, in: namespace)
        // A batch of deletes is acknowledged at once.
        try socket.setBuffers(send: 1 << 20, receive: 4 << 20)
    }

    /// The connection's own thread, where it may block.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Calls `body` with every flow that matches, in bounded memory however large the table.
    ///
    /// The table changes while it is read: a flow that is there all the time is seen, at least once.
    public func forEachFlow(
        _ filter: FlowFilter,
        _ body: @Sendable (Flow) -> Void
    ) throws(NetlinkError) {
        try dump(filter, body)
    }

    /// The flows that match the filter and `predicate`.
    public func flows(
        _ filter: FlowFilter,
        where predicate: @Sendable (Flow) -> Bool = { _ in true }
    ) throws(NetlinkError) -> [Flow] {
        var flows: [Flow] = []
        try dump(filter) { if predicate($0) { flows.append($0) } }
        return flows
    }

    /// Deletes a flow; that it is gone already is success.
    public func delete(_ flow: Flow) throws(NetlinkError) {
        _ = try delete([flow])
    }

    /// Deletes flows; those that are gone already are skipped.
    ///
    /// - Returns: How many were there.
    /// - Throws: The first refusal, after every flow was tried.
    @discardableResult
    public func delete(_ flows: [Flow]) throws(NetlinkError) -> Int {
        var deleted = 0
        var firstError: NetlinkError?
        for start in stride(from: 0, to: flows.count, by: Self.batchSize) {
            let batch = flows[start..<min(start + Self.batchSize, flows.count)]
            let sequences = socket.nextSequences(count: batch.count)
            var messages = MessageWriter(capacity: batch.count * 128)
            for (flow, sequence) in zip(batch, sequences) {
                messages.message(type: Self.type(IPCTNL_MSG_CT_DELETE), flags: .acknowledge, sequence: sequence) {
                    flow.encodeIdentity(into: &$0)
                }
            }
            let reply = try unsafe messages.withUnsafeBytes { bytes throws(NetlinkError) in
                unsafe try socket.exchange("delete \(batch.count) conntrack flows", bytes, sequences: sequences)
            }
            deleted += reply.acknowledged.count
            for failure in reply.failures where failure.errno != ENOENT && firstError == nil {
                let flow = batch[batch.startIndex + Int(failure.sequence - sequences.lowerBound)]
                firstError = failure.failure(of: "delete conntrack flow \(flow)")
            }
            if reply.isIncomplete, firstError == nil {
                firstError = NetlinkError(operation: "delete \(batch.count) conntrack flows", errno: ENOBUFS)
            }
        }
        if let firstError { throw firstError }
        return deleted
    }

    /// How many deletes go into one datagram; their acknowledgements fit the receive buffer with room to spare.
    private static let batchSize = 1000

    private func dump(_ filter: FlowFilter, _ body: (Flow) -> Void) throws(NetlinkError) {
        var message = MessageWriter()
        message.message(type: Self.type(IPCTNL_MSG_CT_GET), flags: .dump) { filter.encode(into: &$0) }
        _ = try socket.dumpOnce("list conntrack flows", message) { _, bytes throws(MessageError) in
            guard let flow = try Flow(body: bytes), filter.matches(flow) else { return }
            body(flow)
        }
    }

    private static func type(_ message: cntl_msg_types) -> UInt16 {
        UInt16(NFNL_SUBSYS_CTNETLINK) << 8 | UInt16(message.rawValue)
    }
}
