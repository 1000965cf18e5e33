import Netlink
import Testing

/// Several loads at a time.
struct ServiceLoads {
    let loads: [ServiceLoad]

    init(_ loads: [ServiceLoad]) { self.loads = loads }

    /// Waits until each has made that many more requests.
    func more(_ count: Int = 60) async throws {
        let goals = loads.map { $0.tally.count + count }
        try await eventually("\(count) more requests of each load", within: .seconds(120)) {
            zip(loads, goals).allSatisfy { $0.tally.count >= $1 }
        }
    }

    /// The moment, as failures have it.
    var now: Duration { loads.map(\.now).max() ?? .zero }

    /// Waits until a server has answered each of the loads once more.
    func answered(by server: String) async throws {
        let before = loads.map { $0.tally.servers[server, default: 0] }
        try await eventually("answers of \(server)", within: .seconds(60)) {
            zip(loads, before).allSatisfy { $0.tally.servers[server, default: 0] > $1 }
        }
    }

    /// Expects that no request failed that began at that moment or later.
    func expectNoFailure(
        since moment: Duration = .zero,
        _ what: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for load in loads {
            let failures = load.tally.failures.filter { $0.start >= moment }
            let text = failures.prefix(20).map { "\($0)" }.joined(separator: "\n")
            #expect(
                failures.isEmpty,
                "\(what): \(load.name): \(failures.count) requests failed\n\(text)",
                sourceLocation: sourceLocation
            )
        }
    }

    /// How many requests failed that began in that time.
    func failures(since start: Duration, until end: Duration) -> Int {
        loads.reduce(0) { sum, load in sum + load.tally.failures.count { $0.start >= start && $0.start < end } }
    }

    /// Ends all, and prints what became of them.
    func stop(_ title: String) async -> [ServiceLoad.Tally] {
        var tallies: [ServiceLoad.Tally] = []
        for load in loads {
            let tally = await load.stop()
            let servers = tally.servers.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            print(
                "\(title): \(load.name): \(tally.count) requests, \(tally.failures.count) failed; "
                    + servers.joined(separator: ", ")
            )
            for failure in tally.failures { print("    \(failure)") }
            tallies.append(tally)
        }
        return tallies
    }
}
