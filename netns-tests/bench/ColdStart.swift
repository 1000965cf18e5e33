import NFTables
import Netlink
import ServiceDataplane
import ServiceRouting

/// From objects as values to a table that the kernel has acknowledged.
///
/// Compared with the floor, which is the same transaction encoded beforehand, and with the classic layout loaded by `nft`;
/// all in turn, each in a fresh namespace.
struct ColdStart {
    /// Where the time of a cold start goes.
    private struct Split {
        var routing = Samples()
        var planning = Samples()
        var rendering = Samples()
        var encoding = Samples()
        var kernel = Samples()
    }

    var workload: Workload
    var repetitions: Int
    /// How often the classic layout is loaded.
    var classicRepetitions: Int

    func run() async throws {
        let changes = workload.changes
        var whole = Samples()
        var floor = Samples()
        var classic = Samples()
        var split = Split()
        var byteCount = 0
        for repetition in 0..<max(repetitions, classicRepetitions) {
            if repetition < repetitions {
                try await measureWhole(changes, into: &whole)
                byteCount = try await measureFloor(changes, into: &floor)
                try await measureSplit(changes, into: &split)
            }
            if repetition < classicRepetitions { try await measureClassic(into: &classic) }
        }
        Report.section("Cold start, \(workload.title)")
        Report.row("trama: objects → acknowledged", whole)
        Report.row("floor: prebuilt, one batch (\((Double(byteCount) / 1e6).text(1)) MB)", floor)
        if classicRepetitions > 0 { Report.row("classic layout through nft -f", classic) }
        Report.row("  split: objects → routes", split.routing)
        Report.row("  split: routes → plan", split.planning)
        Report.row("  split: plan → transactions", split.rendering)
        Report.row("  split: transactions → bytes", split.encoding)
        Report.row("  split: kernel = floor: prebuilt, in the proxy's batches", split.kernel)
        // One transaction of everything is not always the kernel's fastest way: see DesignQuestions.
        let least = min(floor.median, split.kernel.median)
        Report.check(
            "trama / floor, prebuilt in one or in several batches",
            whole.median / least,
            atMost: 2.5,
            unit: "x"
        )
        if classicRepetitions > 0 {
            let ratio = whole.median / classic.median
            // The bound is for many Services: the classic layout's time grows faster than their number.
            if workload.serviceCount >= 10_000 {
                Report.check("trama / classic", ratio, atMost: 0.02, digits: 4, unit: "x")
            } else {
                Report.value("trama / classic", ratio.text(4) + "x")
            }
        }
    }

    private func measureWhole(_ changes: [ObjectChange], into samples: inout Samples) async throws {
        let laboratory = try Laboratory()
        var core = Core(backend: try laboratory.connection())
        let start = ContinuousClock.now
        try await core.start(with: changes)
        samples.append(.now - start)
        try await Laboratory.settle(after: workload.serviceCount)
    }

    private func measureFloor(_ changes: [ObjectChange], into samples: inout Samples) async throws -> Int {
        let batches = try Core.coldStart(of: changes).map { try PreparedTransaction($0) }
        let laboratory = try Laboratory()
        var socket = try laboratory.socket()
        try measure(into: &samples) {
            for batch in batches { try batch.commit(over: &socket) }
        }
        try await Laboratory.settle(after: workload.serviceCount)
        return batches.reduce(0) { $0 + $1.byteCount }
    }

    private func measureSplit(_ changes: [ObjectChange], into split: inout Split) async throws {
        var routes = RoutingTable(options: Workload.options)
        measure(into: &split.routing) { _ = routes.apply(changes) }
        var planner = DataplanePlanner(configuration: Core.configuration)
        let plan = measure(into: &split.planning) {
            planner.adopt(nil)
            return planner.reconcile(with: routes)
        }
        let transactions = measure(into: &split.rendering) {
            Array(plan.transactions(limit: FamilyTable.defaultBatchLimit))
        }
        let batches = try measure(into: &split.encoding) { try transactions.map { try PreparedTransaction($0) } }
        let laboratory = try Laboratory()
        var socket = try laboratory.socket()
        try measure(into: &split.kernel) {
            for batch in batches { try batch.commit(over: &socket) }
        }
        try await Laboratory.settle(after: workload.serviceCount)
    }

    private func measureClassic(into samples: inout Samples) async throws {
        let text = ClassicLayout.text(of: workload)
        let laboratory = try Laboratory()
        try measure(into: &samples) { _ = try Program.run(["nft", "-f", "-"], input: text, in: laboratory.namespace) }
        try await Laboratory.settle(after: workload.serviceCount)
    }
}

extension Workload {
    /// `10,000 x 10` without the comma.
    var title: String { "\(serviceCount) Services x \(endpointCount) endpoints" }
}
