import Addressing
import Glibc
import NFTables
import Netlink
import Testing

/// 10,000 frontends with 10 endpoints each in one commit; set `TRAMA_BENCH` to run it, with a release build.
@Suite(
    "elements in bulk",
    .serialized,
    .enabled(if: Privilege.isAvailable && getenv("TRAMA_BENCH") != nil, "set TRAMA_BENCH, as root")
)
struct ElementBenchmark {
    @Test("120,000 elements in one commit", arguments: IPFamily.allCases)
    func commit(family: IPFamily) async throws {
        let layout = DataplaneLayout(family: family)
        let clock = ContinuousClock()
        for _ in 0..<5 {
            var transaction = Transaction()
            let building = clock.measure { transaction = Self.bulk(layout) }
            let namespace = try TestNamespace()
            let connection = try namespace.connection()
            try await connection.commit(layout.transaction)
            let before = ProcessTime.now
            let committing = try await clock.measure { _ = try await connection.commit(transaction) }
            let spent = ProcessTime.now
            print("own \(spent.user - before.user) kernel \(spent.system - before.system)")
            let reading = try await clock.measure {
                let s = try await connection.snapshot(of: layout.table)
                #expect((s?.elements["endpoints"]?.count ?? 0) > 100_000)
            }
            print(
                "\(family): build \(building) commit \(committing) read \(reading); \(transaction.byteEstimate) bytes"
            )
        }
    }

    static func bulk(_ layout: DataplaneLayout) -> Transaction {
        var transaction = Transaction()
        var endpoints: [Element] = []
        var frontends: [Element] = []
        endpoints.reserveCapacity(100_000)
        frontends.reserveCapacity(10_000)
        for service in 0..<UInt32(10_000) {
            for slot in 0..<UInt32(10) {
                endpoints.append(
                    Element(
                        layout.key(0x10000 + service, slot: slot),
                        value: .data(layout.endpoint(0x100000 + service * 10 + slot))
                    )
                )
            }
            frontends.append(
                Element(
                    layout.key(0x10000 + service),
                    value: .verdict(.goto("internal-3")),
                    comment: "namespace-\(service)/service-\(service):http"
                )
            )
        }
        transaction.addElements(endpoints, set: "endpoints", in: layout.table)
        transaction.addElements(frontends, set: "frontends", in: layout.table)
        return transaction
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
}
