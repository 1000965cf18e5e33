import Addressing
import NFTables
import Netlink
import ServiceDataplane
import ServiceRouting

/// A network namespace of one measurement; gone when nothing refers to it.
final class Laboratory: Sendable {
    let namespace: NetworkNamespace

    init() throws { namespace = try NetworkNamespace.makeAnonymous() }

    /// A connection to nftables in it.
    func connection() throws -> NFTablesConnection { try NFTablesConnection(in: namespace) }

    /// A socket that takes whole prepared transactions.
    func socket() throws -> NetlinkSocket {
        let socket = try NetlinkSocket(.netfilter, in: namespace)
        try socket.setBuffers(send: 2 * NFTablesConnection.maximumByteCount, receive: 4 << 20)
        return socket
    }

    /// Gives the kernel time to free what the last measurement left: it does so in the background, without saying when
    /// it has ended, and would disturb the next one.
    static func settle(after serviceCount: Int) async throws {
        try await Task.sleep(for: .milliseconds(50 + serviceCount / 50))
    }
}

/// A proxy's core in a namespace: routes, and the IPv4 table that carries them.
struct Core {
    static let configuration = DataplaneConfiguration(family: .ipv4)

    private(set) var routes = RoutingTable(options: Workload.options)
    private(set) var table: FamilyTable

    init(backend: any NFTablesBackend, batchLimit: Int = FamilyTable.defaultBatchLimit) {
        table = FamilyTable(configuration: Self.configuration, backend: backend, batchLimit: batchLimit)
    }

    /// Takes objects in and writes the whole table.
    @discardableResult
    mutating func start(with changes: [ObjectChange]) async throws -> FamilyTable.Report {
        _ = routes.apply(changes)
        return try await table.synchronize(with: routes)
    }

    /// Takes objects in without telling the kernel.
    mutating func hold(_ changes: [ObjectChange]) { _ = routes.apply(changes) }

    /// Reads the table, and puts right what differs.
    mutating func synchronize() async throws -> FamilyTable.Report { try await table.synchronize(with: routes) }

    /// Takes a change in and writes what it changed.
    @discardableResult
    mutating func apply(_ changes: [ObjectChange]) async throws -> FamilyTable.Report {
        let diff = routes.apply(changes)
        return try await table.apply(diff, of: routes)
    }

    /// The transactions of a cold start, of at most so many elements each.
    static func coldStart(of changes: [ObjectChange], limit: Int = .max) -> [Transaction] {
        var routes = RoutingTable(options: Workload.options)
        _ = routes.apply(changes)
        var planner = DataplanePlanner(configuration: configuration)
        planner.adopt(nil)
        let plan = planner.reconcile(with: routes)
        var transactions = Array(plan.transactions(limit: limit))
        if transactions.contains(where: { $0.byteEstimate > NFTablesConnection.maximumByteCount }) {
            // More than a socket takes at once: as few as possible.
            transactions = Array(plan.transactions(limit: (plan.elementCount + 1) / 2))
        }
        return transactions
    }
}
