import Addressing
import Glibc
import NFTables
import Testing

@Suite("what the kernel refuses", .enabled(if: Privilege.isAvailable, "needs root"))
struct RejectionTests {
    private let layout = DataplaneLayout(family: .ipv4)

    @Test("an element at fault is named, among thousands, by its index and its key")
    func namesElement() async throws {
        let (connection, before) = try await Self.prepared(layout)
        var elements = (0..<3000).map { Element(layout.key(0x10000 + $0), value: .verdict(.goto("lb-3"))) }
        elements[2500].value = .verdict(.goto("nowhere"))
        var transaction = Transaction()
        transaction.addElements(
            [Element(layout.key(9, slot: 0), value: .data(layout.endpoint(1)))],
            set: "endpoints",
            in: layout.table
        )
        transaction.addElements(elements, set: "frontends", in: layout.table)
        let (first, following) = try await Self.refused(transaction, by: connection)
        #expect(first.operationIndex == 1)
        #expect(first.elementIndex == 2500)
        #expect(first.errno == ENOENT)
        #expect(first.object == "element 10.1.9.196 . tcp . 80 of map frontends of table ip trama")
        #expect(following.isEmpty)
        #expect(try await connection.snapshot(of: layout.table) == before)
    }

    @Test("a key that leads elsewhere already is refused, unless it is deleted in the same transaction")
    func refusesOtherValue() async throws {
        let (connection, _) = try await Self.prepared(layout)
        let element = Element(layout.key(1, slot: 0), value: .data(layout.endpoint(0x200)))
        var transaction = Transaction()
        transaction.addElements([element], set: "endpoints", in: layout.table)
        let (first, _) = try await Self.refused(transaction, by: connection)
        #expect(first.errno == EEXIST)
        #expect(first.object == "element 10.0.0.1 . tcp . 80 . 0 of map endpoints of table ip trama")
        #expect("\(first)".contains("EEXIST"))

        var replacement = Transaction()
        replacement.deleteElements([element], set: "endpoints", in: layout.table)
        replacement.append(contentsOf: transaction)
        try await connection.commit(replacement)
        let elements = try #require(try await connection.elements(of: "endpoints", in: layout.table))
        #expect(elements.contains(element))
    }

    @Test("every operation at fault is told, in order")
    func tellsAll() async throws {
        let (connection, before) = try await Self.prepared(layout)
        var transaction = Transaction()
        transaction.deleteChain("lb-3", in: layout.table)
        transaction.addChain(Chain("new"), in: layout.table)
        transaction.addRule(
            Rule([.load(.destinationPort, into: .word(0)), .lookup(.word(0), in: "absent")], comment: "mine"),
            chain: "new",
            in: layout.table
        )
        transaction.deleteElements([Element(layout.key(77))], set: "frontends", in: layout.table)
        let (first, following) = try await Self.refused(transaction, by: connection)
        #expect(
            [first] + following.map { $0 } == [
                .init(operationIndex: 0, object: "chain lb-3 of table ip trama", errno: EBUSY),
                .init(operationIndex: 2, object: "rule “mine” of chain new of table ip trama", errno: ENOENT),
                .init(
                    operationIndex: 3,
                    elementIndex: 0,
                    object: "element 10.0.0.77 . tcp . 80 of map frontends of table ip trama",
                    errno: ENOENT
                ),
            ]
        )
        #expect(try await connection.snapshot(of: layout.table) == before)
    }

    @Test("a transaction made for another generation is not committed")
    func refusesOldGeneration() async throws {
        let (connection, before) = try await Self.prepared(layout)
        var transaction = Transaction()
        transaction.addChain(Chain("new"), in: layout.table)
        await #expect(throws: TransactionError.generationChanged) {
            try await connection.commit(transaction, generation: before.generation &- 1)
        }
        let generation = try await connection.commit(transaction, generation: before.generation)
        #expect(generation == before.generation + 1)
        #expect(try await connection.generation() == generation)
    }

    @Test("what no message can say is refused before anything is sent")
    func refusesUnwritable() async throws {
        let (connection, before) = try await Self.prepared(layout)
        let long = String(repeating: "x", count: 200)
        var comment = Transaction()
        comment.addElements(
            [
                Element(layout.key(8), value: .verdict(.drop)),
                Element(layout.key(9), value: .verdict(.drop), comment: long),
            ],
            set: "frontends",
            in: layout.table
        )
        let (first, _) = try await Self.refused(comment, by: connection)
        #expect(first.operationIndex == 0)
        #expect(first.elementIndex == 1)
        #expect(first.message == "a comment has at most 127 bytes, none of them zero; this one has 200")

        var name = Transaction()
        name.addChain(Chain("\(long)\(long)"), in: layout.table)
        #expect(try await Self.refused(name, by: connection).first.errno == EINVAL)

        var foreign = Transaction()
        foreign.addRule([.unknown(name: "log")], chain: "lb-3", in: layout.table)
        #expect(try await Self.refused(foreign, by: connection).first.errno == EINVAL)
        #expect(try await connection.snapshot(of: layout.table) == before)
    }

    @Test("rules of others are read, with what is not known by name only")
    func readsForeignRules() async throws {
        let namespace = try TestNamespace()
        let loaded = try namespace.load(
            """
            table inet t {
                chain c {
                    log prefix "x" accept
                    tcp flags syn tcp option maxseg size set rt mtu
                }
            }
            """
        )
        try #require(loaded.status == 0, "\(loaded.errors)")
        let snapshot = try #require(
            try await namespace.connection().snapshot(of: TableID(family: .inet, name: "t"))
        )
        let rules = snapshot.rules["c"]?.map(\.rule.expressions)
        #expect(rules?.first == [.unknown(name: "log"), .verdict(.accept)])
        #expect(rules?.last?.contains(.unknown(name: "exthdr")) == true)
    }

    private static func prepared(_ layout: DataplaneLayout) async throws -> (NFTablesConnection, Snapshot) {
        let connection = try TestNamespace().connection()
        try await connection.commit(layout.transaction)
        return (connection, try #require(try await connection.snapshot(of: layout.table)))
    }

    private static func refused(
        _ transaction: Transaction,
        by connection: NFTablesConnection
    ) async throws -> (first: TransactionError.Rejection, following: [TransactionError.Rejection]) {
        do {
            try await connection.commit(transaction)
        } catch .rejected(let first, let following) {
            return (first, following)
        }
        throw NotRefused()
    }

    private struct NotRefused: Error {}
}
