import Addressing
import Glibc
import NFTables
import Testing

@Suite("the connection to the kernel", .enabled(if: Privilege.isAvailable, "needs root"), .timeLimit(.minutes(2)))
struct ConnectionTests {
    private let table = TableID(family: .ip, name: "t")

    /// A table with two sets of addresses. They have a size: a hash that grows takes seconds where its worker gets no
    /// processor time.
    private func prepared() async throws -> (TestNamespace, NFTablesConnection) {
        let namespace = try TestNamespace()
        let connection = try namespace.connection()
        var transaction = Transaction()
        transaction.addTable(Table(id: table))
        for name in ["one", "two"] { transaction.addSet(NamedSet(name, key: [.ipv4Address], size: 65_536), in: table) }
        try await connection.commit(transaction)
        return (namespace, connection)
    }

    private func elements(_ numbers: Range<UInt32>, comment: String? = nil) -> [Element] {
        numbers.map { Element(RegisterValue(.v4($0)), comment: comment) }
    }

    @Test("a transaction of 3 MB is one commit")
    func commitsLargeTransaction() async throws {
        let (_, connection) = try await prepared()
        var transaction = Transaction()
        let comment = String(repeating: "c", count: 120)
        transaction.addElements(elements(0..<20_000, comment: comment), set: "one", in: table)
        #expect(transaction.byteEstimate > 3_000_000)
        let before = try await connection.generation()
        #expect(try await connection.commit(transaction) == before + 1)
        #expect(try await connection.elements(of: "one", in: table)?.count == 20_000)
    }

    @Test("a transaction larger than the bound is refused before it is sent")
    func refusesTooLargeTransaction() async throws {
        let (_, connection) = try await prepared()
        var transaction = Transaction()
        let comment = String(repeating: "c", count: 120)
        transaction.addElements(elements(0..<260_000, comment: comment), set: "one", in: table)
        do {
            try await connection.commit(transaction)
            Issue.record("\(transaction.byteEstimate) bytes were committed")
        } catch .rejected(let first, _) {
            #expect(first.errno == EMSGSIZE)
            #expect(first.operationIndex == nil)
        }
        #expect(try await connection.elements(of: "one", in: table)?.isEmpty == true)
    }

    @Test("of more refusals than can be received the first are told, and the connection goes on")
    func survivesManyRefusals() async throws {
        let (_, connection) = try await prepared()
        var transaction = Transaction()
        for element in elements(0..<20_000) { transaction.deleteElements([element], set: "one", in: table) }
        do {
            try await connection.commit(transaction)
            Issue.record("elements that are not there were deleted")
        } catch .rejected(let first, let following) {
            #expect(first.operationIndex == 0)
            #expect(first.object == "element 0.0.0.0 of set one of table ip t")
            #expect(first.errno == ENOENT)
            #expect(following.first?.operationIndex == 1)
        }
        var next = Transaction()
        next.addElements(elements(0..<3), set: "one", in: table)
        try await connection.commit(next)
        #expect(try await connection.elements(of: "one", in: table)?.count == 3)
    }

    @Test("a snapshot is of one generation while another connection commits")
    func readsOneGeneration() async throws {
        let (namespace, connection) = try await prepared()
        let other = try namespace.connection()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [table] in
                for number in 0..<300 as Range<UInt32> {
                    // Both sets always have the same elements.
                    var transaction = Transaction()
                    for set in ["one", "two"] {
                        transaction.addElements([Element(RegisterValue(.v4(number)))], set: set, in: table)
                    }
                    try await other.commit(transaction)
                    await Task.yield()
                }
            }
            for _ in 0..<100 {
                let snapshot = try #require(try await connection.snapshot(of: table))
                #expect(Set(snapshot.elements["one"] ?? []) == Set(snapshot.elements["two"] ?? []))
            }
            try await group.waitForAll()
        }
        #expect(try await connection.snapshot(of: table)?.elements["one"]?.count == 300)
    }

    @Test("what is not there reads as nothing, not as an error")
    func readsWhatIsNotThere() async throws {
        let (_, connection) = try await prepared()
        let absent = TableID(family: .ip6, name: "t")
        #expect(try await connection.snapshot(of: absent) == nil)
        #expect(try await connection.elements(of: "one", in: absent) == nil)
        #expect(try await connection.elements(of: "three", in: table) == nil)
        #expect(try await connection.elements(of: "one", in: table) == [])
        #expect(try await connection.tables().map(\.id) == [table])
    }

    @Test("an element that a rule adds is read with the time that it has left")
    func readsExpiration() async throws {
        let (_, connection) = try await prepared()
        var transaction = Transaction()
        transaction.addSet(NamedSet("timed", key: [.ipv4Address], flags: .timeout, timeout: .seconds(60)), in: table)
        let elements = [Element([1, 2, 3, 4]), Element([1, 2, 3, 5], timeout: .seconds(600))]
        transaction.addElements(elements, set: "timed", in: table)
        try await connection.commit(transaction)
        let read = try #require(try await connection.elements(of: "timed", in: table))
        for element in read {
            let left = try #require(element.expiration)
            #expect(left > .seconds(50) && left <= .seconds(600))
        }
        #expect(Set(read.map(\.key)) == Set(elements.map(\.key)))
    }
}
