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

        /// A call that did nothing.
        public init() {}

        /// Adds what another call did.
        public mutating func add(_ other: Report) {
            transactionCount += other.transactionCount
            elementCount += other.elementCount
            byteCount += other.byteCount
            conflictCount += other.conflictCount
            isFull = isFull || other.isFull
            refused += other.refused
        }
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
    /// Entries of sticky maps that have to go, of plans whose last step is not yet done.
    private var pendingPurges: Set<StickyPurge> = []
    /// The generation after our last commit or dump; nil before the first.
    public private(set) var generation: UInt32?

    /// Most elements in one transaction unless said otherwise.
    ///
    /// Measured with 10,000 Services x 10 endpoints (`netns-tests/bench/run.sh --only questions`, medians): batches of 1,024 to
    /// 65,536 elements take the same time within noise (315 to 343 ms), one transaction of everything three times as long,
    /// because its hash tables outgrow the worker that widens them. Smaller batches hold up everybody else's commits for less
    /// time.
    public static let defaultBatchLimit = 16_384

    /// How often a whole dump is thrown away because somebody committed meanwhile; after that, their commits are let pass.
    private static let strictAttemptLimit = 4
    /// `ENOENT`.
    private static let isMissing: Int32 = 2
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
        var report = Report()
        report.isFull = true
        for attempt in 1... {
            let snapshot = try await backend.snapshot(of: planner.table) { StickyMap(name: $0.name) == nil }
            planner.adopt(snapshot)
            generation = snapshot?.generation
            let plan = planner.reconcile(with: routes)
            do {
                try await commit(plan, isStrict: attempt <= Self.strictAttemptLimit, report: &report)
                return report
            } catch {
                guard attempt < Self.attemptLimit else { throw error.cause }
                switch error.cause {
                case .generationChanged:
                    report.conflictCount += 1
                case .rejected(let rejection, _) where rejection.errno == Self.isMissing:
                    // Somebody took away what was there when it was read: nothing is wrong with the frontend.
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
            try await commit(planner.plan(diff), isStrict: false, report: &report)
            return report
        } catch {
            // Either the table is not as we believed, or something is refused: a dump tells.
            if case .transport = error.cause { throw error.cause }
            report.add(try await synchronize(with: routes))
            return report
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
            try await commit(planner.planCleanup(), isStrict: false, report: &report)
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

    /// Commits a plan.
    ///
    /// - Parameter isStrict: Whether a commit of somebody else since the dump that the plan was made from is an error.
    private mutating func commit(_ plan: DataplanePlan, isStrict: Bool, report: inout Report) async throws(CommitError)
    {
        pendingPurges.formUnion(plan.stickyPurges)
        let renderings = plan.renderings(limit: batchLimit)
        var transaction = renderings.first?()
        for index in renderings.indices {
            guard let current = transaction else { break }
            let following = index + 1 < renderings.count ? renderings[index + 1] : nil
            // The next transaction is made while the kernel works on this one.
            async let next = Self.render(following)
            if index == 0, !pendingPurges.isEmpty {
                try await commitPurging(current, isStrict: isStrict, report: &report)
            } else {
                try await commit(current, isStrict: isStrict, report: &report)
            }
            transaction = await next
        }
        report.elementCount += plan.elementCount
        try await finishPurges(report: &report)
    }

    @concurrent
    private static func render(_ rendering: (@Sendable () -> Transaction)?) async -> Transaction? { rendering?() }

    /// Commits a transaction together with the deletion of sticky entries; entries that expire meanwhile are no error.
    private mutating func commitPurging(
        _ transaction: Transaction,
        isStrict: Bool,
        report: inout Report
    ) async throws(CommitError) {
        for _ in 0..<3 {
            var whole = try await deletions(for: pendingPurges)
            let purgeCount = whole.operations.count
            whole.append(contentsOf: transaction)
            do {
                return try await commit(whole, isStrict: isStrict, report: &report)
            } catch {
                // An entry that expired between reading and deleting it is refused, and the whole transaction with it.
                guard
                    case .rejected(let rejection, _) = error.cause, rejection.errno == Self.isMissing,
                    let index = rejection.operationIndex, index < purgeCount
                else { throw error }
            }
        }
        try await commit(transaction, isStrict: isStrict, report: &report)
    }

    /// Deletes the sticky entries that were recorded while endpoints were removed, and those that could not go with them.
    private mutating func finishPurges(report: inout Report) async throws(CommitError) {
        guard !pendingPurges.isEmpty else { return }
        for attempt in 1... {
            var transaction = try await deletions(for: pendingPurges)
            if attempt > 3, !transaction.isEmpty {
                // Entries expire faster than they can be deleted. Without them some clients get another endpoint; with them,
                // some would get one that is gone.
                transaction = Transaction()
                for map in Set(pendingPurges.map(\.map.name)).sorted() {
                    transaction.flushSet(map, in: planner.table)
                }
            }
            guard !transaction.isEmpty else { break }
            do {
                try await commit(transaction, isStrict: false, report: &report)
                // Read once more only where something was found: nothing records the endpoint any longer.
                break
            } catch {
                guard case .rejected(let rejection, _) = error.cause, rejection.errno == Self.isMissing, attempt <= 3
                else {
                    throw error
                }
            }
        }
        pendingPurges = []
    }

    private mutating func commit(
        _ transaction: Transaction,
        isStrict: Bool,
        report: inout Report
    ) async throws(CommitError) {
        for attempt in 1... {
            do {
                generation = try await backend.commit(transaction, generation: generation)
                report.transactionCount += 1
                report.byteCount += transaction.byteEstimate
                return
            } catch .generationChanged where !isStrict && attempt < Self.attemptLimit {
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
