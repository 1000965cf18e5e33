import Addressing
import NFTables
import Netlink
import Testing

@Suite("the monitor of commits", .enabled(if: Privilege.isAvailable, "needs root"), .timeLimit(.minutes(1)))
struct MonitorTests {
    private let table = TableID(family: .ip, name: "watched")

    @Test("tells whose commit touched which tables, with the generation after it")
    func tellsCommits() async throws {
        let namespace = try TestNamespace()
        let connection = try namespace.connection()
        let monitor = try NFTablesMonitor(in: namespace.namespace, ownPortIDs: [connection.portID])
        var events = monitor.makeAsyncIterator()

        let generation = try await connection.commit(DataplaneLayout(family: .ipv4).transaction)
        let own = try #require(try await events.change())
        #expect(own.tables == [DataplaneLayout(family: .ipv4).table])
        #expect(own.generation == generation)
        #expect(own.isOwn)

        try #require(
            try namespace.nft("add table ip watched; add chain ip watched c; flush chain ip trama lb-3").status == 0
        )
        let foreign = try #require(try await events.change())
        #expect(foreign.tables == [table, DataplaneLayout(family: .ipv4).table])
        #expect(foreign.generation == generation + 1)
        #expect(foreign.processName == "nft")
        #expect(!foreign.isOwn)
        #expect(try await connection.generation() == foreign.generation)
    }

    @Test("tells a flushed ruleset, and one deleted element")
    func tellsRemovals() async throws {
        let layout = DataplaneLayout(family: .ipv6)
        let namespace = try TestNamespace()
        let connection = try namespace.connection()
        try await connection.commit(layout.transaction)
        let monitor = try NFTablesMonitor(in: namespace.namespace, ownPortIDs: [connection.portID])
        var events = monitor.makeAsyncIterator()
        try #require(try namespace.nft("delete", "element", "ip6", "trama", "cluster-ips", "{ fd00::1 }").status == 0)
        #expect(try await events.change()?.tables == [layout.table])
        try #require(try namespace.nft("flush", "ruleset").status == 0)
        #expect(try await events.change()?.tables == [layout.table])
        #expect(try await connection.snapshot(of: layout.table) == nil)
    }

    @Test("is silent while it is paused, and the generation tells that something was missed")
    func pauses() async throws {
        let namespace = try TestNamespace()
        let connection = try namespace.connection()
        let monitor = try NFTablesMonitor(in: namespace.namespace)
        var events = monitor.makeAsyncIterator()
        try monitor.pause()
        try #require(try namespace.nft("add table ip watched").status == 0)
        let missed = try await connection.generation()
        try monitor.resume()
        try #require(try namespace.nft("add table ip other").status == 0)
        #expect(try await events.change()?.generation == missed + 1)
    }

    @Test("tells that notifications were lost when its buffer overflows")
    func overruns() async throws {
        let namespace = try TestNamespace()
        let connection = try namespace.connection()
        let monitor = try NFTablesMonitor(in: namespace.namespace, bufferByteCount: 16 * 1024)
        var events = monitor.makeAsyncIterator()
        for _ in 0..<4 { try await connection.commit(DataplaneLayout(family: .ipv4).transaction) }
        var seen: [NFTablesMonitor.Event] = []
        while let event = try await events.next() {
            seen.append(event)
            if event == .overrun { break }
        }
        #expect(seen.last == .overrun)
        // What comes afterwards is told again.
        var told = false
        while !told {
            try #require(try namespace.nft("add table ip watched").status == 0)
            if case .changed(let change)? = try await events.next() { told = change.tables.contains(table) }
        }
    }

    @Test("ends when its task is cancelled, and no other way")
    func cancels() async throws {
        let namespace = try TestNamespace()
        let monitor = try NFTablesMonitor(in: namespace.namespace)
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask {
                var count = 0
                for try await _ in monitor { count += 1 }
                return count
            }
            try #require(try namespace.nft("add table ip watched").status == 0)
            group.cancelAll()
            return try await group.next()
        }
        #expect(count ?? 0 <= 1)
        #expect(try await namespace.connection().tables().map(\.id) == [table])
    }
}

extension NFTablesMonitor.Iterator {
    /// The next event, where it is a change.
    fileprivate mutating func change() async throws -> RulesetChange? {
        guard case .changed(let change)? = try await next() else { return nil }
        return change
    }
}
