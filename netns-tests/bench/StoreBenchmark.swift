import EtcdStore
import Glibc
import SQLiteStore
import Storage
import Synchronization

/// Measures the control plane's stores, SQLite and etcd, one after the other on the same disk.
///
/// etcd is Debian's, with `fsync`, one member, spoken to as the control plane does: by its JSON gateway.
struct StoreBenchmark {
    /// The most writes of each writer.
    let writeCount: Int
    /// Where the files are.
    let folder: String

    private static let writerCount = 8
    private static let keyCount = 10_000
    /// A small object, such as a Lease.
    private static let valueSize = 500

    func run() async throws {
        let sqlite = try await measured("SQLite") { body in
            let path = "\(folder)/trama-bench-\(getpid())/store.db"
            let store = try await SQLiteStore.open(
                at: path,
                options: .init(historyDuration: nil, historyRevisionCount: nil)
            )
            try await body(store)
            let size = store.byteCount
            try await store.compact(before: try await store.currentRevision())
            while try await store.entryCount() > Self.keyCount + 100 { try await Task.sleep(for: .milliseconds(10)) }
            Report.value("SQLite: size of the file before compaction, MiB", (Double(size) / 1_048_576).text(1))
            try await measureAfterCompaction(store, size)
            await store.shutdown()
            for name in ["store.db", "store.db-wal", "store.db-shm", "store.db.lock"] {
                unlink("\(folder)/trama-bench-\(getpid())/\(name)")
            }
            rmdir("\(folder)/trama-bench-\(getpid())")
        }
        guard access("/usr/bin/etcd", X_OK) == 0 else {
            Report.line("etcd is not installed: nothing to compare with.")
            return
        }
        let etcd = try await measured("etcd") { body in
            let server = try await BenchEtcd.start(folder: folder)
            do {
                let store = try EtcdStore(EtcdConfiguration(endpoints: [server.endpoint], prefix: "/registry"))
                try await body(store)
                await store.shutdown()
                await server.stop()
            } catch {
                await server.stop()
                throw error
            }
        }
        Report.section("SQLite beside etcd", columns: ["", "ratio"])
        Report.value("writes per second", (sqlite.writesPerSecond / etcd.writesPerSecond).text(2))
        Report.value("latency of a write, p50", (sqlite.latency.percentile(50) / etcd.latency.percentile(50)).text(2))
        Report.value("latency of a write, p99", (sqlite.latency.percentile(99) / etcd.latency.percentile(99)).text(2))
        Report.value("latency of a watch, p50", (sqlite.watch.percentile(50) / etcd.watch.percentile(50)).text(2))
        Report.value("range of \(Self.keyCount), median", (sqlite.range.median / etcd.range.median).text(2))
        Report.check(
            "SQLite: writes per second, those missing of 2,000",
            max(0, 2000 - sqlite.writesPerSecond),
            atMost: 0
        )
    }

    /// What one store did.
    private struct Result {
        var writesPerSecond = 0.0
        var latency = Samples()
        var watch = Samples()
        var range = Samples()
    }

    private func measured(
        _ name: String,
        _ use: ((any Store) async throws -> Void) async throws -> Void
    ) async throws -> Result {
        var result = Result()
        Report.section("Store: \(name)", columns: ["p50 ms", "p90 ms", "p99 ms", "per second"])
        try await use { store in
            try await load(store)
            result.range = try await measureRange(store)
            (result.writesPerSecond, result.latency) = try await measureWrites(store)
            result.watch = try await measureWatch(store)
            row("\(name): write, \(Self.writerCount) writers, compare and swap", result.latency, result.writesPerSecond)
            row("\(name): from a write to its watcher", result.watch, nil)
            row("\(name): range of \(Self.keyCount) keys", result.range, nil)
        }
        return result
    }

    private func row(_ label: String, _ samples: Samples, _ rate: Double?) {
        let cells = [50, 90, 99].map { samples.percentile($0).text(3) }
        Report.row(label, cells + [rate.map { $0.text(0) } ?? ""])
    }

    private func key(_ number: Int) -> String { "/bench/\(number)" }

    private var value: [UInt8] { (0..<Self.valueSize).map { UInt8(truncatingIfNeeded: $0 &* 37) } }

    private func load(_ store: any Store) async throws {
        for first in stride(from: 0, to: Self.keyCount, by: 100) {
            let changes = (first..<first + 100).map {
                StoreTransaction.Change.put(key: key($0), value: value, timeToLive: nil)
            }
            _ = try await store.commit(StoreTransaction(then: changes))
        }
    }

    private func measureRange(_ store: any Store) async throws -> Samples {
        var samples = Samples()
        for _ in 0..<7 {
            let start = ContinuousClock.now
            let range = try await store.range(KeyRange(prefix: "/bench/"), limit: nil, at: nil)
            samples.append(.now - start)
            guard range.values.count == Self.keyCount else { throw Unexpected() }
        }
        return samples
    }

    private struct Unexpected: Error {}

    private func measureWrites(_ store: any Store) async throws -> (Double, Samples) {
        let start = ContinuousClock.now
        let durations = try await withThrowingTaskGroup(of: [Duration].self) { group in
            for writer in 0..<Self.writerCount {
                group.addTask {
                    var durations: [Duration] = []
                    var revisions: [Int: Revision] = [:]
                    for number in 0..<writeCount {
                        let place = writer * 100 + number % 100
                        if revisions[place] == nil {
                            let range = try await store.range(KeyRange(key: key(place)), limit: 1, at: nil)
                            revisions[place] = range.values.first?.modRevision
                        }
                        let transaction = StoreTransaction(
                            if: [.init(key: key(place), modRevision: revisions[place])],
                            then: [.put(key: key(place), value: value, timeToLive: nil)]
                        )
                        let start = ContinuousClock.now
                        guard case .committed(let revision) = try await store.commit(transaction) else {
                            throw Unexpected()
                        }
                        durations.append(.now - start)
                        revisions[place] = revision
                    }
                    return durations
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        var samples = Samples()
        for duration in durations { samples.append(duration) }
        return (Double(durations.count) / (Double(seconds) + Double(attoseconds) / 1e18), samples)
    }

    private func measureWatch(_ store: any Store) async throws -> Samples {
        var samples = Samples()
        let watch = try await store.watch(KeyRange(prefix: "/bench/"), after: nil)
        var batches = watch.makeAsyncIterator()
        for number in 0..<300 {
            let start = ContinuousClock.now
            let change = StoreTransaction.Change.put(key: key(number), value: value, timeToLive: nil)
            guard case .committed(let revision) = try await store.commit(StoreTransaction(then: [change])) else {
                throw Unexpected()
            }
            while let batch = try await batches.next(), batch.revision < revision {}
            samples.append(.now - start)
        }
        return samples
    }

    private func measureAfterCompaction(_ store: SQLiteStore, _ size: Int) async throws {
        let now = store.byteCount
        // Writing everything once more takes the room that compaction made.
        try await load(store)
        Report.value("SQLite: after compaction, MiB", (Double(now) / 1_048_576).text(1))
        Report.value("SQLite: after writing all keys again, MiB", (Double(store.byteCount) / 1_048_576).text(1))
    }
}
