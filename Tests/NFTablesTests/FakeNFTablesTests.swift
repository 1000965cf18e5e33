import Glibc
import NFTables
import Testing

@Suite struct FakeNFTablesTests {
    private let table = TableID(family: .ip, name: "t")
    private let ports = NamedSet("ports", key: [.inetService])
    private let verdicts = NamedSet("verdicts", key: [.inetService], value: .verdict)

    /// A stand-in with a table, two chains and two sets.
    private func prepared() async throws -> FakeNFTables {
        let fake = FakeNFTables()
        var transaction = Transaction()
        transaction.addTable(Table(id: table))
        transaction.addChain(Chain("from"), in: table)
        transaction.addChain(Chain("to"), in: table)
        transaction.addSet(ports, in: table)
        transaction.addSet(verdicts, in: table)
        try await fake.commit(transaction)
        return fake
    }

    private func refusal(_ fake: FakeNFTables, _ build: (inout Transaction) -> Void) async -> Int32? {
        var transaction = Transaction()
        build(&transaction)
        do {
            try await fake.commit(transaction)
            return nil
        } catch .rejected(let first, _) {
            return first.errno
        } catch {
            return -1
        }
    }

    @Test func `a refused transaction changes nothing`() async throws {
        let fake = try await prepared()
        let before = try await fake.snapshot(of: table)
        let generation = await fake.generation()
        let errno = await refusal(fake) { transaction in
            transaction.addChain(Chain("new"), in: table)
            transaction.addElements([Element([0, 80])], set: "absent", in: table)
        }
        #expect(errno == ENOENT)
        #expect(try await fake.snapshot(of: table) == before)
        #expect(await fake.generation() == generation)
    }

    @Test func `a chain that a rule or an element leads to cannot be deleted`() async throws {
        let fake = try await prepared()
        #expect(await refusal(fake) { $0.addRule([.verdict(.goto("to"))], chain: "from", in: table) } == nil)
        #expect(await refusal(fake) { $0.deleteChain("to", in: table) } == EBUSY)
        let element = Element([0, 80], value: .verdict(.jump("to")))
        let errno = await refusal(fake) { transaction in
            transaction.flushChain("from", in: table)
            transaction.addElements([element], set: "verdicts", in: table)
        }
        #expect(errno == nil)
        #expect(await refusal(fake) { $0.deleteChain("to", in: table) } == EBUSY)
        let deletion = await refusal(fake) { transaction in
            transaction.deleteElements([element], set: "verdicts", in: table)
            transaction.deleteChain("to", in: table)
        }
        #expect(deletion == nil)
    }

    @Test func `a set that a rule uses cannot be deleted`() async throws {
        let fake = try await prepared()
        let rule = Rule([.load(.destinationPort, into: .word(0)), .lookup(.word(0), in: "ports")])
        #expect(await refusal(fake) { $0.addRule(rule, chain: "from", in: table) } == nil)
        #expect(await refusal(fake) { $0.deleteSet("ports", in: table) } == EBUSY)
        let handle = try #require(try await fake.snapshot(of: table)?.rules["from"]?.first?.handle)
        let deletion = await refusal(fake) { transaction in
            transaction.deleteRule(handle: handle, chain: "from", in: table)
            transaction.deleteSet("ports", in: table)
        }
        #expect(deletion == nil)
    }

    @Test func `a set of a size is full at it`() async throws {
        let fake = try await prepared()
        let small = NamedSet("small", key: [.inetService], size: 2)
        let elements = (0..<3).map { Element([0, $0]) }
        #expect(await refusal(fake) { $0.addSet(small, in: table) } == nil)
        #expect(await refusal(fake) { $0.addElements(elements, set: "small", in: table) } == ENFILE)
        #expect(await refusal(fake) { $0.addElements(Array(elements.prefix(2)), set: "small", in: table) } == nil)
        #expect(await fake.elements(of: "small", in: table)?.count == 2)
    }

    @Test func `a refusal is thrown as told, once`() async throws {
        let fake = try await prepared()
        await fake.failNextCommit(with: .generationChanged)
        var transaction = Transaction()
        transaction.addChain(Chain("new"), in: table)
        await #expect(throws: TransactionError.generationChanged) { try await fake.commit(transaction) }
        try await fake.commit(transaction)
        #expect(await fake.committed.count == 2)
    }

    @Test func `a transaction for another generation is not committed`() async throws {
        let fake = try await prepared()
        let generation = await fake.generation()
        var transaction = Transaction()
        transaction.addChain(Chain("new"), in: table)
        await #expect(throws: TransactionError.generationChanged) {
            try await fake.commit(transaction, generation: generation + 1)
        }
        #expect(try await fake.commit(transaction, generation: generation) == generation + 1)
    }
}
