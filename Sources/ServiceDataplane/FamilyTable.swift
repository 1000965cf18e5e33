public import Addressing
public import NFTables
public import ServiceRouting

/// The table of one address family in the kernel: carries out what the planner plans, and puts right what is not as planned.
public struct FamilyTable: Sendable {
    /// What one call did.
    public struct Report: Sendable, Equatable {
        /// Transactions committed.
        public var transactionCount = 0
        /// Elements added and deleted.
        public var elementCount = 0
        /// About how many bytes were sent.
        public var byteCount = 0
        /// Commits that had to be made again because somebody else committed in between.
        public var conflictCount = 0
        /// Whether the table was read and compared with everything that is wanted.
        public var isFull = false
        /// What the kernel refused; those objects were left out so that the others could go in.
        public var refused: [Refusal] = []
    }

    /// An object that the kernel refused, with the frontend that it belongs to.
    public struct Refusal: Sendable, Equatable {
        /// The frontend that is left out.
        public var frontend: Frontend
        /// What the kernel said about which object.
        public var reason: String
    }

    /// The table's family.
    public let family: IPFamily
    /// What plans the changes, and what it believes the table holds.
    public private(set) var planner: DataplanePlanner
    private let backend: any NFTablesBackend
    /// Most elements in one transaction.
    private let batchLimit: Int
    /// The generation after our last commit or dump; nil before the first.
    public private(set) var generation: UInt32?

    /// Most elements in one transaction unless said otherwise.
    ///
    /// Measured with 10,000 Services x 10 endpoints (`netns-tests/bench`): one transaction of all 110,000 elements and batches
    /// of a few ten thousand take the same time within noise, smaller batches take longer (each commit waits for an RCU grace
    /// period), while a transaction holds up everybody else's nftables commits for as long as it takes.
    public static let defaultBatchLimit = 32_768

    /// `ENFILE`.
    private static let setIsFull: Int32 = 23

    /// How often what was refused is left out and the rest tried again, within one call.
    private static let attemptLimit = 16

    /// A table of which nothing is known yet; nothing is sent before ``synchronize(with:)``.
    public init(
        configuration: DataplaneConfiguration,
        backend: any NFTablesBackend,
        batchLimit: Int = Self.defaultBatchLimit
    ) {
        family = configuration.family
        planner = DataplanePlanner(configuration: configuration)
        self.backend = backend
        self.batchLimit = batchLimit
    }

    /// Reads the table and makes it what the routes ask for: at start, after a failure, and after a foreign change.
    ///
    /// With nothing to change, nothing is sent. Frontends that the kernel refused before are tried again.
    public mutating func synchronize(with routes: RoutingTable) async throws(TransactionError) -> Report {
        planner.releaseQuarantine()
        var report = Report(isFull: true)
        for attempt in 1... {
            let snapshot = try await backend.snapshot(of: planner.table) { StickyMap(name: $0.name) == nil }
            planner.adopt(snapshot)
            generation = snapshot?.generation
            let plan = planner.reconcile(with: routes)
            do {
                try await commit(plan, report: &report)
                return report
            } catch {
                guard attempt < Self.attemptLimit else { throw error.cause }
                switch error.cause {
                case .generationChanged:
                    continue
                case .rejected(let rejection, _) where rejection.errno == Self.setIsFull:
                    // A kernel that does not raise the size of a set: the table is made anew, with room.
                    planner.replaceTable()
                case .rejected:
                    let refusals = error.refusals(family: family)
                    guard !refusals.isEmpty else { throw error.cause }
                    for refusal in refusals { planner.quarantine(refusal.frontend) }
                    report.refused += refusals
                case .transport:
                    throw error.cause
                }
            }
        }
        return report
    }

    /// Carries out what changed; where that fails, everything is read and compared.
    public mutating func apply(_ diff: RoutingDiff, of routes: RoutingTable) async throws(TransactionError) -> Report {
        var report = Report()
        do {
            try await commit(planner.plan(diff), report: &report)
            return report
        } catch {
            // Either the table is not as we believed, or something is refused: a dump tells.
            if case .transport = error.cause { throw error.cause }
            var full = try await synchronize(with: routes)
            full.transactionCount += report.transactionCount
            full.elementCount += report.elementCount
            full.byteCount += report.byteCount
            full.conflictCount += report.conflictCount
            return full
        }
    }

    /// Tells the prefixes that pods' addresses come from; they are written by the next call of ``synchronize(with:)``.
    public mutating func setPodPrefixes(_ prefixes: [IPPrefix]) -> Bool {
        guard planner.podPrefixes != prefixes else { return false }
        planner.podPrefixes = prefixes
        return true
    }

    /// Deletes chains and sticky maps that nothing uses any more.
    public mutating func cleanUp() async throws(TransactionError) -> Report {
        var report = Report()
        guard planner.hasUnusedObjects else { return report }
        do {
            try await commit(planner.planCleanup(), report: &report)
        } catch {
            throw error.cause
        }
        return report
    }

    /// A commit that failed, and the transaction that did.
    private struct CommitError: Error {
        var cause: TransactionError
        var transaction: Transaction

        /// The frontends that the refused elements belong to.
        func refusals(family: IPFamily) -> [Refusal] {
            guard case .rejected(let first, let following) = cause else { return [] }
            return ([first] + following).compactMap { rejection in
                guard
                    let index = rejection.operationIndex, transaction.operations.indices.contains(index),
                    let frontend = DataplaneElement.frontend(
                        of: transaction.operations[index],
                        elementIndex: rejection.elementIndex,
                        family: family
                    )
                else { return nil }
                return Refusal(frontend: frontend, reason: "\(rejection)")
            }
        }
    }

    private mutating func commit(_ plan: DataplanePlan, report: inout Report) async throws(CommitError) {
        var purge = try await deletions(for: plan.stickyPurges)
        for transaction in plan.transactions(limit: batchLimit) {
            var whole = purge
            whole.append(contentsOf: transaction)
            purge = Transaction()
            try await commit(whole, report: &report)
        }
        report.elementCount += plan.elementCount
        guard !plan.stickyPurges.isEmpty else { return }
        // Connections that were made between reading the maps and the commit may have been recorded with the old endpoint.
        let late = try await deletions(for: plan.stickyPurges)
        if !late.isEmpty { try await commit(late, report: &report) }
    }

    private mutating func commit(_ transaction: Transaction, report: inout Report) async throws(CommitError) {
        for attempt in 1... {
            do {
                generation = try await backend.commit(transaction, generation: generation)
                report.transactionCount += 1
                report.byteCount += transaction.byteEstimate
                return
            } catch .generationChanged where attempt < Self.attemptLimit {
                // Somebody committed something. If it was about our table, the monitor says so and the table is repaired; the
                // change at hand does not wait for that.
                report.conflictCount += 1
                do {
                    generation = try await backend.generation()
                } catch {
                    throw CommitError(cause: error, transaction: transaction)
                }
            } catch {
                throw CommitError(cause: error, transaction: transaction)
            }
        }
    }

    /// The entries of sticky maps that lead to endpoints which leave.
    private func deletions(for purges: Set<StickyPurge>) async throws(CommitError) -> Transaction {
        var transaction = Transaction()
        do {
            for (map, purges) in Dictionary(grouping: purges, by: \.map) {
                guard let elements = try await backend.elements(of: map.name, in: planner.table) else { continue }
                let deletions = purges.flatMap { $0.deletions(among: elements) }
                transaction.deleteElements(deletions, set: map.name, in: planner.table)
            }
        } catch {
            throw CommitError(cause: error, transaction: transaction)
        }
        return transaction
    }
}
