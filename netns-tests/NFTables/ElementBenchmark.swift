import Addressing
import Glibc
import NFTables
import Testing

/// 10,000 frontends with 10 endpoints each in one commit, in several ways; the medians of one run are to be compared
/// with each other. `TRAMA_BENCH=1 swift test -c release --filter ElementBenchmark`, as root.
@Suite(
    "elements in bulk",
    .serialized,
    .enabled(if: Privilege.isAvailable && getenv("TRAMA_BENCH") != nil, "needs root, and TRAMA_BENCH set")
)
struct ElementBenchmark {
    /// A way to commit them.
    enum Variant: String, CaseIterable {
        case plain = "one commit"
        case sized = "one commit, map with a size"
        case batches = "batches of 10,000 elements"
        case monitored = "one commit, monitor read meanwhile"
        case unread = "one commit, monitor not read"
        case paused = "one commit, monitor paused"
    }

    @Test("120,000 elements", arguments: IPFamily.allCases)
    func commit(family: IPFamily) async throws {
        let layout = DataplaneLayout(family: family)
        var measured: [Variant: [Measurement]] = [:]
        for _ in 0..<5 {
            for variant in Variant.allCases {
                try await measured[variant, default: []].append(Self.measure(variant, layout))
            }
        }
        for variant in Variant.allCases {
            let list = measured[variant] ?? []
            print(
                "\(family), \(variant.rawValue): commit \(list.median(\.commit)) ms (own code \(list.median(\.own)),"
                    + " kernel \(list.median(\.kernel))), reading back \(list.median(\.read)) ms"
            )
        }
    }

    /// Milliseconds.
    struct Measurement {
        var commit: Double
        var own: Double
        var kernel: Double
        var read: Double
    }

    private static func measure(_ variant: Variant, _ layout: DataplaneLayout) async throws -> Measurement {
        let namespace = try TestNamespace()
        let connection = try namespace.connection()
        var base = layout
        if variant == .sized { base.endpointCapacity = 131_072 }
        try await connection.commit(base.transaction)
        let transactions = bulk(layout, elementsPerTransaction: variant == .batches ? 10_000 : .max)
        let listens = [.monitored, .unread, .paused].contains(variant)
        let monitor = listens ? try NFTablesMonitor(in: namespace.namespace) : nil
        if variant == .paused { try monitor?.pause() }

        let clock = ContinuousClock()
        let before = ProcessTime.now
        let start = clock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            if variant == .monitored, let monitor {
                group.addTask { for try await _ in monitor {} }
            }
            for transaction in transactions { try await connection.commit(transaction) }
            group.cancelAll()
        }
        let committed = clock.now
        let after = ProcessTime.now
        let snapshot = try await connection.snapshot(of: layout.table)
        let end = clock.now
        #expect(snapshot?.elements["endpoints"]?.count == 100_003)
        return Measurement(
            commit: (committed - start).milliseconds,
            own: (after.user - before.user).milliseconds,
            kernel: (after.system - before.system).milliseconds,
            read: (end - committed).milliseconds
        )
    }

    private static func bulk(_ layout: DataplaneLayout, elementsPerTransaction limit: Int) -> [Transaction] {
        var endpoints: [Element] = []
        var frontends: [Element] = []
        for service in 0..<UInt32(10_000) {
            for slot in 0..<UInt32(10) {
                let endpoint = layout.endpoint(0x100000 + service * 10 + slot)
                endpoints.append(Element(layout.key(0x10000 + service, slot: slot), value: .data(endpoint)))
            }
            frontends.append(
                Element(
                    layout.key(0x10000 + service),
                    value: .verdict(.goto("internal-3")),
                    comment: "namespace-\(service)/service-\(service):http"
                )
            )
        }
        var transactions = [Transaction()]
        var room = limit
        for (set, elements) in [("endpoints", endpoints), ("frontends", frontends)] {
            var rest = elements[...]
            while !rest.isEmpty {
                if room == 0 {
                    transactions.append(Transaction())
                    room = limit
                }
                let part = rest.prefix(room)
                transactions[transactions.count - 1].addElements(Array(part), set: set, in: layout.table)
                rest = rest.dropFirst(part.count)
                room -= part.count
            }
        }
        return transactions
    }
}

/// Processor time that this process took so far.
private struct ProcessTime {
    var user: Duration
    var system: Duration

    static var now: ProcessTime {
        var usage = rusage()
        getrusage(0, &usage)  // RUSAGE_SELF
        return ProcessTime(user: Duration(usage.ru_utime), system: Duration(usage.ru_stime))
    }
}

extension Duration {
    fileprivate init(_ time: timeval) {
        self = .seconds(time.tv_sec) + .microseconds(time.tv_usec)
    }

    fileprivate var milliseconds: Double { self / .milliseconds(1) }
}

extension [ElementBenchmark.Measurement] {
    /// The middle one, to a tenth.
    fileprivate func median(_ value: (Element) -> Double) -> Double {
        let sorted = map(value).sorted()
        return sorted.isEmpty ? 0 : (sorted[sorted.count / 2] * 10).rounded() / 10
    }
}
