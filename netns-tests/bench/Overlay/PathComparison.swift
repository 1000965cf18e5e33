/// Ways between two pods, measured in turn, and how they compare with the second one, which is the measure.
struct PathComparison {
    /// A way, and what was measured on it, one figure a round.
    struct Way {
        var title: String
        var traffic: PodTraffic
        fileprivate var figures: [Figure: [Double]] = [:]

        init(_ title: String, _ traffic: PodTraffic) {
            self.title = title
            self.traffic = traffic
        }
    }

    /// What is measured.
    enum Figure: CaseIterable {
        case tcpThroughput, udpThroughput, tcpRoundTrip, udpRoundTrip, connectRate

        var title: String {
            switch self {
            case .tcpThroughput: "TCP throughput, Mbit/s"
            case .udpThroughput: "UDP throughput, Mbit/s received"
            case .tcpRoundTrip: "TCP request and response, µs"
            case .udpRoundTrip: "UDP request and response, µs"
            case .connectRate: "TCP connections per second"
            }
        }

        /// Less is better.
        var isTime: Bool { self == .tcpRoundTrip || self == .udpRoundTrip }
    }

    /// Ours, the measure, and others.
    var ways: [Way]
    var rounds: Int
    /// Of each bulk transfer; 0 leaves them out.
    var seconds: Int
    /// In round trips and connections of a round.
    var repetitions = 1500
    /// What a datagram holds.
    var datagram: Int
    /// The least ratio to the measure of throughputs and rates, and the greatest of times; nil for no bound.
    var bounds: [Figure: Double]
    /// Another one that ours is compared with, for information.
    var other: Int?

    private var figures: [Figure] {
        Figure.allCases.filter { seconds > 0 || ($0 != .tcpThroughput && $0 != .udpThroughput) }
    }

    mutating func run(_ title: String) async throws {
        ways = try await withThrowingTaskGroup(of: Void.self) { [self] group in
            for way in ways { group.addTask { await way.traffic.answer() } }
            defer { group.cancelAll() }
            var measured = self
            for round in -1..<rounds { try measured.measure(round) }
            return measured.ways
        }
        Report.section(
            "\(title); medians of \(rounds) rounds",
            columns: ways.map(\.title) + ["ratio", "bound", ""] + (other.map { ["to \(ways[$0].title)"] } ?? [])
        )
        for figure in figures { report(figure) }
    }

    /// One round; the one before the first warms up. Each begins with another way.
    private mutating func measure(_ round: Int) throws {
        let isWarmUp = round < 0
        for figure in figures {
            for offset in ways.indices {
                let index = (offset + round + 1) % ways.count
                let value = try measure(figure, on: ways[index].traffic, isWarmUp)
                if !isWarmUp { ways[index].figures[figure, default: []].append(value) }
            }
        }
    }

    private func measure(_ figure: Figure, on traffic: PodTraffic, _ isWarmUp: Bool) throws -> Double {
        let seconds = isWarmUp ? 1 : seconds
        let count = isWarmUp ? repetitions / 10 : repetitions
        return switch figure {
        case .tcpThroughput: try traffic.throughput(seconds: seconds)
        case .udpThroughput: try traffic.throughput(seconds: seconds, datagram: datagram)
        case .tcpRoundTrip: try traffic.roundTrips(count).median * 1000
        case .udpRoundTrip: try traffic.roundTrips(count, overUDP: true).median * 1000
        case .connectRate: try traffic.connectRate(count)
        }
    }

    private func report(_ figure: Figure) {
        let medians = ways.map { Self.median($0.figures[figure] ?? []) }
        let ratio = ratio(of: figure, to: 1)
        var cells = medians.map { $0.text(figure.isTime ? 1 : 0) } + [ratio.text(3)]
        if let bound = bounds[figure] {
            let isMet = figure.isTime ? ratio <= bound : ratio >= bound
            cells += [(figure.isTime ? "≤ " : "≥ ") + bound.text(2), isMet ? "met" : "MISSED"]
        } else {
            cells += ["", ""]
        }
        if let other { cells.append(self.ratio(of: figure, to: other).text(3)) }
        Report.row(figure.title, cells)
    }

    /// The median of the rounds' ratios: what slows the whole machine down for a while slows both.
    private func ratio(of figure: Figure, to way: Int) -> Double {
        let rounds = zip(ways[0].figures[figure] ?? [], ways[way].figures[figure] ?? [])
        return Self.median(rounds.map { $0 / $1 })
    }

    private static func median(_ values: [Double]) -> Double {
        values.isEmpty ? .nan : values.sorted()[values.count / 2]
    }
}
