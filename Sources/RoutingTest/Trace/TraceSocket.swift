import Addressing
import LabNetwork
import NFTables
import Netlink

/// Has the packets of one flow traced on one node: a table of its own sets `meta nftrace` before all other rules.
actor TraceSocket {
    private let executor = ThreadExecutor(name: "trace")
    private let socket: NetlinkSocket
    private let rules: NFTablesConnection
    private let table: TableID

    /// The table that has packets traced.
    static let tableName = "trama-test-trace"

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Listens on a node.
    init(on host: LabHost, _ family: IPFamily) throws(NetlinkError) {
        socket = try NetlinkSocket(.netfilter, in: host.namespace)
        try socket.setBuffers(receive: 4 << 20)
        try socket.join(group: TraceEvent.group)
        rules = try NFTablesConnection(in: host.namespace)
        table = TableID(family: TableFamily(family), name: Self.tableName)
    }

    /// Begins to trace packets to a target.
    func begin(_ target: FlowCase.Target) async throws {
        var transaction = Transaction()
        transaction.addTable(Table(id: table, comment: "Traces a flow for trama test"))
        for (name, hook) in [("prerouting", BaseHook.Hook.prerouting), ("output", .output)] {
            transaction.addChain(Chain(name, hook: BaseHook(.filter, hook, priority: .raw - 1)), in: table)
            let isTarget: [NFTables.Expression] =
                NFTables.Expression.ifTransport(target.transport) + [
                    .load(.destinationAddress(target.address.family), into: .word(0)),
                    .equal(.word(0), RegisterValue(target.address)),
                    .load(.destinationPort, into: .word(0)),
                    .equal(.word(0), RegisterValue(networkOrder: target.port)),
                ]
            transaction.addRule(
                Rule(
                    isTarget + [
                        .immediate(.data(RegisterValue(1 as UInt8), into: .word(0))),
                        .meta(.set(.init(rawValue: 12) /* NFT_META_NFTRACE */, from: .word(0))),
                    ]
                ),
                chain: name,
                in: table
            )
        }
        try await rules.commit(transaction)
        _ = events()
    }

    /// Stops to trace.
    func end() async {
        var transaction = Transaction()
        transaction.deleteTable(table)
        _ = try? await rules.commit(transaction)
    }

    /// The steps that were told since the last time; the kernel tells of a packet before it comes anywhere.
    func events() -> [TraceEvent] {
        var events: [TraceEvent] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while events.count < 4096, (try? socket.waitUntilReadable(timeout: .zero)) == true {
            // In bounds: the array's own start and size.
            let count = unsafe buffer.withUnsafeMutableBytes { target in
                (try? unsafe socket.receive(into: target)) ?? 0
            }
            guard count > 0 else { continue }
            // In bounds: the array's own bytes, of which so many were received.
            let datagram = unsafe buffer.span.bytes.extracting(first: count)
            var messages = MessageReader()
            while let header = try? messages.next(in: datagram) {
                guard header.type == TraceEvent.messageType,
                    let event = try? TraceEvent(body: datagram.extracting(header.body))
                else { continue }
                events.append(event)
            }
        }
        return events
    }

    /// The proxy's table; nil where there is none.
    func proxyTable(_ name: String) async throws -> Snapshot? {
        try await rules.snapshot(of: TableID(family: table.family, name: name))
    }
}
