import Glibc
import NFTables
import Testing

@Suite("the stand-in and the kernel", .enabled(if: Privilege.isAvailable, "needs root"), .timeLimit(.minutes(5)))
struct AgreementTests {
    /// Of every run: `TRAMA_SEED`, or the clock.
    private static let seed: UInt64 =
        getenv("TRAMA_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64(time(nil))

    @Test("agree on the result, the refusal and the state of random transactions", arguments: 0..<8)
    func agree(run: Int) async throws {
        let seed = Self.seed &+ UInt64(run)
        print("random transactions: TRAMA_SEED=\(seed)")
        var random = RandomTransactions(seed: seed)
        let fake = FakeNFTables()
        let kernel = try TestNamespace().connection()
        var refusals = 0
        for step in 0..<150 {
            let present = try await fake.snapshot(of: random.table)
            let transaction = random.next(present)
            let real = transaction.withHandles(of: try await kernel.snapshot(of: random.table), insteadOf: present)
            let expected = await Self.outcome(of: transaction, fake)
            let outcome = await Self.outcome(of: real, kernel)
            try #require(outcome == expected, "seed \(seed) step \(step): \(transaction.operations.map(\.summary))")
            if outcome != .committed { refusals += 1 }
            let (after, wanted) = (
                try await kernel.snapshot(of: random.table), try await fake.snapshot(of: random.table)
            )
            try #require(after == wanted, "seed \(seed) step \(step): \(transaction.operations.map(\.summary))")
        }
        #expect((10..<140).contains(refusals))
    }

    private enum Outcome: Equatable {
        case committed
        case refused(operation: Int?, element: Int?, errno: Int32, object: String)
        case other(String)
    }

    private static func outcome(of transaction: Transaction, _ backend: some NFTablesBackend) async -> Outcome {
        do {
            try await backend.commit(transaction)
            return .committed
        } catch .rejected(let first, _) {
            return .refused(
                operation: first.operationIndex,
                element: first.elementIndex,
                errno: first.errno,
                // Handles differ.
                object: first.object.hasPrefix("rule ") ? "rule" : first.object
            )
        } catch {
            return .other("\(error)")
        }
    }
}

extension Transaction {
    /// The same transaction with the handles of another table that has the same rules.
    fileprivate func withHandles(of other: Snapshot?, insteadOf present: Snapshot?) -> Transaction {
        var transaction = Transaction()
        for operation in operations {
            guard case .deleteRule(let handle, let chain, let table) = operation,
                let index = present?.rules[chain]?.firstIndex(where: { $0.handle == handle }),
                let handles = other?.rules[chain], handles.indices.contains(index)
            else {
                transaction.append(operation)
                continue
            }
            transaction.deleteRule(handle: handles[index].handle, chain: chain, in: table)
        }
        return transaction
    }
}
