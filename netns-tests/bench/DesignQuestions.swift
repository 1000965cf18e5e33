import Addressing
import NFTables
import Netlink
import ServiceDataplane
import ServiceRouting

/// The choices of the data plane that were made by measuring, measured again.
struct DesignQuestions {
    var workload: Workload
    var repetitions: Int

    func run() async throws {
        let changes = workload.changes
        try await batchSize(changes)
        try await otherSets(changes)
        try await fixedSize(changes)
        try await monitor(changes)
        for count in [100, 1000, 5000] { try await SourceRangeLayouts(serviceCount: count, repetitions: 5).run() }
    }

    /// Elements in one transaction.
    private func batchSize(_ changes: [ObjectChange]) async throws {
        let limits = [1024, 4096, 16_384, 32_768, 65_536, Int.max]
        var samples = [Samples](repeating: Samples(), count: limits.count)
        for _ in 0..<repetitions {
            for (index, limit) in limits.enumerated() {
                let laboratory = try Laboratory()
                var core = Core(backend: try laboratory.connection(), batchLimit: limit)
                core.hold(changes)
                let start = ContinuousClock.now
                _ = try await core.synchronize()
                samples[index].append(.now - start)
                try await Laboratory.settle(after: workload.serviceCount)
            }
        }
        Report.section("Batch size: routes → acknowledged, \(workload.title)")
        for (limit, samples) in zip(limits, samples) {
            Report.row(limit == .max ? "everything in one transaction" : "at most \(limit) elements", samples)
        }
    }

    /// A hash that grows against one of a fixed size.
    private func fixedSize(_ changes: [ObjectChange]) async throws {
        let present = workload.serviceCount * workload.endpointCount
        let sizes: [UInt32?] = [nil, UInt32(present + 1000), UInt32(present * 2), UInt32(1 << 20)]
        let variants = sizes.flatMap { size in [FamilyTable.defaultBatchLimit, .max].map { (size: size, limit: $0) } }
        var loads = [Samples](repeating: Samples(), count: variants.count)
        var edits = loads
        for _ in 0..<repetitions {
            for (index, variant) in variants.enumerated() {
                let batches = try Core.coldStart(of: changes, limit: variant.limit).map {
                    try PreparedTransaction($0.resizing("endpoints", to: variant.size))
                }
                let laboratory = try Laboratory()
                var socket = try laboratory.socket()
                try measure(into: &loads[index]) {
                    for batch in batches { try batch.commit(over: &socket) }
                }
                for slot in 0..<20 {
                    let edit = try PreparedTransaction(replacement(of: slot, in: slot * 97 % workload.serviceCount))
                    try measure(into: &edits[index]) { try edit.commit(over: &socket) }
                }
                try await Laboratory.settle(after: workload.serviceCount)
            }
        }
        Report.section("Map `endpoints`: hash that grows, or of fixed size (kernel alone), \(workload.title)")
        for (variant, samples) in zip(variants, loads) {
            let size = variant.size.map { "size \($0)" } ?? "growing"
            let limit = variant.limit == .max ? "one transaction" : "batches of \(variant.limit)"
            Report.row("load, \(size), \(limit)", samples)
        }
        for (variant, samples) in zip(variants, edits) where variant.limit == .max {
            Report.row("replace one element, \(variant.size.map { "size \($0)" } ?? "growing")", samples)
        }
    }

    /// Whether the set of ClusterIPs gains by a size too.
    private func otherSets(_ changes: [ObjectChange]) async throws {
        let variants = [nil, UInt32(workload.serviceCount * 2)].flatMap { size in
            [FamilyTable.defaultBatchLimit, .max].map { (size: size, limit: $0) }
        }
        var loads = [Samples](repeating: Samples(), count: variants.count)
        for _ in 0..<repetitions {
            for (index, variant) in variants.enumerated() {
                let batches = try Core.coldStart(of: changes, limit: variant.limit).map {
                    try PreparedTransaction($0.resizing("cluster-ips", to: variant.size))
                }
                let laboratory = try Laboratory()
                var socket = try laboratory.socket()
                try measure(into: &loads[index]) {
                    for batch in batches { try batch.commit(over: &socket) }
                }
                try await Laboratory.settle(after: workload.serviceCount)
            }
        }
        Report.section("Set `cluster-ips`: hash that grows, or of fixed size (kernel alone), \(workload.title)")
        for (variant, samples) in zip(variants, loads) {
            let size = variant.size.map { "size \($0)" } ?? "growing"
            let limit = variant.limit == .max ? "one transaction" : "batches of \(variant.limit)"
            Report.row("load, \(size), \(limit)", samples)
        }
    }

    /// What a listener on the notifications costs a bulk load.
    private func monitor(_ changes: [ObjectChange]) async throws {
        var samples = [Samples](repeating: Samples(), count: 2)
        for _ in 0..<repetitions {
            for isJoined in [false, true] {
                let laboratory = try Laboratory()
                let monitor = try NFTablesMonitor(in: laboratory.namespace)
                if !isJoined { try monitor.pause() }
                var core = Core(backend: try laboratory.connection())
                core.hold(changes)
                let reader = Task { for try await _ in monitor {} }
                let start = ContinuousClock.now
                _ = try await core.synchronize()
                samples[isJoined ? 1 : 0].append(.now - start)
                reader.cancel()
                _ = await reader.result
                try await Laboratory.settle(after: workload.serviceCount)
            }
        }
        Report.section("Notifications during a bulk load: routes → acknowledged, \(workload.title)")
        Report.row("monitor paused", samples[0])
        Report.row("monitor listening", samples[1])
    }

    private func replacement(of slot: Int, in service: Int) -> Transaction {
        let table = TableID(family: .ip, name: Core.configuration.tableName)
        let frontend = Frontend(address: Workload.clusterIP(service), protocol: .tcp, port: Workload.port)
        func element(_ address: IPAddress) -> DataplaneElement {
            .endpoint(.cluster, frontend, slot: slot % workload.endpointCount, Backend(address: address, port: 1))
        }
        var transaction = Transaction()
        let new = element(Workload.endpointAddress(7_000_000 + slot))
        transaction.deleteElements([new.kernelKey], set: new.setName, in: table)
        transaction.addElements([new.kernelElement], set: new.setName, in: table)
        return transaction
    }
}

extension Transaction {
    /// The same with another size of a set that it makes.
    fileprivate func resizing(_ name: String, to size: UInt32?) -> Transaction {
        var copy = Transaction()
        for operation in operations {
            if case .addSet(var set, let table) = operation, set.name == name {
                set.size = size
                copy.addSet(set, in: table)
            } else {
                copy.append(operation)
            }
        }
        return copy
    }
}
