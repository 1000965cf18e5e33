internal import Glibc
public import Netlink

/// The kernel's nftables in one network namespace, over one socket that stays open.
///
/// Calls block a thread of the connection's own, not one of the concurrency pool's.
public actor NFTablesConnection: NFTablesBackend {
    /// Most bytes of one transaction: what the socket's send buffer is made to hold, where the process may
    /// (`CAP_NET_ADMIN`).
    public static let maximumByteCount = 32 * 1024 * 1024

    private let executor: ThreadExecutor
    private var channel: KernelChannel

    /// Address of the socket, by which ``NFTablesMonitor`` tells this connection's changes from those of others.
    public nonisolated let portID: UInt32

    /// The connection's own thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Opens a socket in that network namespace, where it stays.
    public init(in namespace: borrowing NetworkNamespace) throws(NetlinkError) {
        let socket = try NetlinkSocket(.netfilter, in: namespace)
        // The kernel counts what it allocates for a message, which is more than the message.
        try socket.setBuffers(send: 2 * Self.maximumByteCount, receive: 4 * 1024 * 1024)
        portID = socket.portID
        channel = KernelChannel(socket: socket)
        executor = ThreadExecutor(name: "nftables")
    }

    /// Opens a socket in the network namespace of the calling thread.
    public init() throws(NetlinkError) {
        try self.init(in: NetworkNamespace.current())
    }

    /// Commits a transaction: all of it, or nothing. Answered by the kernel before it returns.
    public func commit(_ transaction: Transaction, generation: UInt32?) throws(TransactionError) -> UInt32 {
        if transaction.isEmpty {
            let present = try self.generation()
            guard generation == nil || generation == present else { throw .generationChanged }
            return present
        }
        try channel.commit(transaction, generation: generation)
        // A commit raises the generation by one, skipping 0: no need to ask where it was checked.
        if let generation { return generation == .max ? 1 : generation + 1 }
        return try self.generation()
    }

    /// Reads a table, as of one generation; nil where there is none.
    public func snapshot(
        of table: TableID,
        elementsOf: @Sendable (NamedSet) -> Bool
    ) throws(TransactionError) -> Snapshot? {
        do throws(NetlinkError) {
            return try channel.snapshot(of: table, elementsOf: elementsOf)
        } catch {
            throw .transport(error)
        }
    }

    /// The tables of all families.
    public func tables() throws(TransactionError) -> [Table] {
        do throws(NetlinkError) {
            return try channel.consistently(reading: nil) { (channel, _) throws(NetlinkError) in
                try channel.tables().map { .read($0) } ?? .changed
            }
        } catch {
            throw .transport(error)
        }
    }

    /// The elements of a set; nil where there is no such set.
    public func elements(of set: String, in table: TableID) throws(TransactionError) -> [Element]? {
        do throws(NetlinkError) {
            return try channel.consistently(reading: table) { (channel, _) throws(NetlinkError) in
                try channel.elements(of: set, in: table).map { .read($0) } ?? .changed
            }
        } catch {
            guard error.errno == ENOENT else { throw .transport(error) }
            return nil
        }
    }

    /// The generation: raised by one with every commit of anybody in the network namespace.
    public func generation() throws(TransactionError) -> UInt32 {
        do throws(NetlinkError) {
            return try channel.generation()
        } catch {
            throw .transport(error)
        }
    }
}
