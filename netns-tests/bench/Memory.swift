import Glibc
import NFTables
import Netlink
import ServiceDataplane

/// What a number of Services takes, in the process and in the kernel.
enum Memory {
    /// Lines of a file of `/proc` whose values are in KiB, in bytes.
    static func read(_ path: String, _ field: String) -> Int {
        guard let file = fopen(path, "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 512)
        while fgets(&line, Int32(line.count), file) != nil {
            let bytes = line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
            if words.first == "\(field):", words.count > 1 { return (Int(words[1]) ?? 0) * 1024 }
        }
        return 0
    }

    /// What the process has in memory now.
    static var resident: Int { read("/proc/self/status", "VmRSS") }
    /// What it has had at most.
    static var peak: Int { read("/proc/self/status", "VmHWM") }

    /// The part that runs in a process of its own: a cold start, then the same change over and over.
    static func probe(_ workload: Workload, repetitions: Int) async throws {
        let empty = resident
        let laboratory = try Laboratory()
        let connection = try laboratory.connection()
        var core = Core(backend: connection)
        // As a list arrives: objects are held no longer than it takes to take them in.
        for first in stride(from: 0, to: workload.serviceCount, by: 500) {
            let part = first..<min(first + 500, workload.serviceCount)
            core.hold(part.flatMap { [workload.service($0), workload.slice(of: $0)] })
        }
        let routed = resident
        _ = try await core.synchronize()
        let (started, peak) = (resident, peak)
        let elements = try await elementCount(connection, core)

        let there = workload.slice(of: 1, replacing: (0, Workload.endpointAddress(7_000_000)))
        let back = workload.slice(of: 1)
        var after100 = 0
        for repetition in 0..<repetitions {
            try await core.apply([repetition.isMultiple(of: 2) ? there : back])
            if repetition == 99 { after100 = resident }
        }
        let after = resident
        let elementsAfter = try await elementCount(connection, core)

        Report.section("Memory of the core, \(workload.title)", columns: ["", "MiB"])
        Report.value("process before anything (RSS)", empty.mebibytes)
        Report.value("process holding all routes (RSS)", routed.mebibytes)
        Report.check(
            "process after cold start (RSS)",
            Double(started) / 1_048_576,
            atMost: 150,
            digits: 1,
            unit: " MiB"
        )
        Report.value("process at most (VmHWM)", peak.mebibytes)
        Report.value("process after 100 repeated changes (RSS)", after100.mebibytes)
        Report.value("process after \(repetitions) repeated changes (RSS)", after.mebibytes)
        let growth = Double(after - after100) / 1_048_576
        Report.check("growth over the repeated changes", growth, atMost: 0.5, unit: " MiB")
        Report.check(
            "kernel elements that came (of \(elements))",
            Double(elementsAfter - elements),
            atMost: 0,
            digits: 0
        )
        try kernel(workload)
    }

    /// What the kernel takes for the elements, by its own accounts of all memory; others on the machine change them too.
    private static func kernel(_ workload: Workload) throws {
        let batches = try Core.coldStart(of: workload.changes, limit: 32_768).map { try PreparedTransaction($0) }
        var slab: [Double] = []
        var available: [Double] = []
        // All are kept to the end: the kernel would give one the memory that another left.
        var laboratories: [Laboratory] = []
        for _ in 0..<5 {
            let laboratory = try Laboratory()
            laboratories.append(laboratory)
            var socket = try laboratory.socket()
            let before = (read("/proc/meminfo", "SUnreclaim"), read("/proc/meminfo", "MemAvailable"))
            for batch in batches { try batch.commit(over: &socket) }
            slab.append(Double(read("/proc/meminfo", "SUnreclaim") - before.0))
            available.append(Double(before.1 - read("/proc/meminfo", "MemAvailable")))
        }
        let endpoints = Double(workload.serviceCount * workload.endpointCount)
        Report.section(
            "Memory of the kernel, \(workload.title): bytes per endpoint",
            columns: ["min", "median", "max"]
        )
        for (label, bytes) in [("SUnreclaim", slab), ("MemAvailable", available)] {
            let sorted = bytes.map { $0 / endpoints }.sorted()
            Report.row(label, [sorted[0], sorted[sorted.count / 2], sorted[sorted.count - 1]].map { $0.text(0) })
        }
    }

    private static func elementCount(_ connection: NFTablesConnection, _ core: Core) async throws -> Int {
        let snapshot = try await connection.snapshot(of: core.table.planner.table) { _ in true }
        return snapshot?.elements.values.reduce(0) { $0 + $1.count } ?? 0
    }
}

extension Int {
    /// Bytes as MiB.
    var mebibytes: String { (Double(self) / 1_048_576).text(1) }
}
