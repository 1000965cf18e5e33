import Addressing
import NFTables
import ServiceDataplane
import ServiceRouting

/// From a changed object to the acknowledged commit, with different numbers of Services present; all in turn.
struct Changes {
    /// A cluster that is in place.
    private struct Site {
        let workload: Workload
        let laboratory: Laboratory
        var core: Core
        var replace = Samples()
        var add = Samples()
        var grow = Samples()
    }

    var sizes: [Int]
    var endpointCount: Int
    var repetitions: Int

    func run() async throws {
        var sites: [Site] = []
        for size in sizes {
            let workload = Workload(serviceCount: size, endpointCount: endpointCount)
            let laboratory = try Laboratory()
            var core = Core(backend: try laboratory.connection())
            try await core.start(with: workload.changes)
            sites.append(Site(workload: workload, laboratory: laboratory, core: core))
        }
        // Addresses that no object has had yet.
        var fresh = 6_000_000
        // In loops of their own: what the kernel does for one evicts from the caches what the next needs.
        for repetition in 0..<repetitions {
            // Each goes first in turn.
            for offset in sites.indices {
                let index = (repetition + offset) % sites.count
                try await replace(repetition, fresh: &fresh, at: &sites[index])
            }
        }
        for _ in 0..<repetitions / 5 {
            for index in sites.indices { try await add(at: &sites[index]) }
        }
        for _ in 0..<repetitions / 20 {
            for index in sites.indices { try await grow(fresh: fresh, at: &sites[index]) }
        }
        Report.section("One endpoint replaced: object → acknowledged commit")
        for site in sites { Report.row("with \(site.workload.title)", site.replace) }
        for site in sites where site.workload.serviceCount == 10_000 {
            Report.check("median at 10000", site.replace.median, atMost: 1, unit: " ms")
        }
        if let last = sites.last, let middle = sites.dropLast().last {
            let ratio = last.replace.median / middle.replace.median
            Report.check(
                "\(last.workload.serviceCount) / \(middle.workload.serviceCount)",
                ratio,
                atMost: 1.5,
                unit: "x"
            )
        }
        Report.section("One Service of 10 endpoints added")
        for site in sites { Report.row("with \(site.workload.title)", site.add) }
        Report.section("One Service grows from 1 to 500 endpoints")
        for site in sites { Report.row("with \(site.workload.title)", site.grow) }
    }

    private func replace(_ repetition: Int, fresh: inout Int, at site: inout Site) async throws {
        fresh += 1
        // Spread over all Services, so that nothing stays in the processor's caches.
        let service = repetition * 7919 % site.workload.serviceCount
        let endpoint = repetition % site.workload.endpointCount
        let change = site.workload.slice(of: service, replacing: (endpoint, Workload.endpointAddress(fresh)))
        try await site.core.timed([change], into: &site.replace)
    }

    private func add(at site: inout Site) async throws {
        let new = site.workload.serviceCount
        try await site.core.timed([site.workload.service(new), site.workload.slice(of: new)], into: &site.add)
        try await site.core.apply(site.workload.removal(of: new))
    }

    private func grow(fresh: Int, at site: inout Site) async throws {
        let new = site.workload.serviceCount
        let addresses = (0..<500).map { Workload.endpointAddress(fresh + 1_000_000 + $0) }
        let few = site.workload.slices(of: new, addresses: Array(addresses.prefix(1)))
        try await site.core.apply([site.workload.service(new)] + few)
        try await site.core.timed(site.workload.slices(of: new, addresses: addresses), into: &site.grow)
        try await site.core.apply(site.workload.removal(of: new, sliceCount: 5))
    }
}

extension Core {
    /// Takes a change in, writes what it changed, and adds how long that took.
    mutating func timed(_ changes: [ObjectChange], into samples: inout Samples) async throws {
        let start = ContinuousClock.now
        try await apply(changes)
        samples.append(.now - start)
    }
}

/// Starting again over a table that is in place, and over one that somebody deleted.
struct Restart {
    var workload: Workload
    var repetitions: Int

    func run() async throws {
        var objects = Samples()
        var adoption = Samples()
        var repair = Samples()
        var byteCount = 0
        let changes = workload.changes
        let laboratory = try Laboratory()
        let connection = try laboratory.connection()
        var core = Core(backend: connection)
        try await core.start(with: changes)
        for _ in 0..<repetitions {
            try await Laboratory.settle(after: workload.serviceCount)
            var restarted = Core(backend: connection)
            measure(into: &objects) { restarted.hold(changes) }
            let start = ContinuousClock.now
            byteCount += try await restarted.synchronize().byteCount
            adoption.append(.now - start)

            var deletion = Transaction()
            deletion.deleteTable(restarted.table.planner.table)
            _ = try await connection.commit(deletion, generation: nil)
            try await Laboratory.settle(after: workload.serviceCount)
            let again = ContinuousClock.now
            _ = try await restarted.synchronize()
            repair.append(.now - again)
        }
        Report.section("Restart and repair, \(workload.title)")
        Report.row("objects → routes", objects)
        Report.row("restart with nothing changed: dump and compare", adoption)
        Report.check("bytes sent by \(repetitions) restarts", Double(byteCount), atMost: 0, digits: 0)
        Report.row("repair after `delete table`", repair)
    }
}
