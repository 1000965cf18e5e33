/// Ways between two pods, measured in turn, and how they compare.
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

    /// Two of the ways.
    struct Ratio {
        var title: String
        /// Index of the way that is judged.
        var way: Int
        /// Index of the one that it is measured by.
        var measure: Int
        /// Whether the bounds hold for it; otherwise it is for information.
        var isBound = true
    }

    /// The ways.
    var ways: [Way]
    /// Which of them are compared.
    var ratios: [Ratio]
    var rounds: Int
    /// Of each bulk transfer; 0 leaves them out.
    var seconds: Int
    /// In round trips and connections of a round.
    var repetitions = 800
    /// What a datagram holds.
    var datagram: Int
    /// The least ratio of throughputs and rates, and the greatest of times; nil for no bound.
    var bounds: [Figure: Double]

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
        Report.section("\(title); medians of \(rounds) rounds", columns: ways.map(\.title))
        for figure in figures {
            Report.row(
                figure.title,
                ways.map { Self.median($0.figures[figure] ?? []).text(figure.isTime ? 1 : 0) }
            )
        }
        for ratio in ratios {
            Report.section("\(ratio.title); medians of the rounds' ratios", columns: ["ratio", "bound", ""])
            for figure in figures { report(ratio, figure) }
        }
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

    private func report(_ ratio: Ratio, _ figure: Figure) {
        // Of each round: what slows the whole machine down for a while slows both.
        let rounds = zip(ways[ratio.way].figures[figure] ?? [], ways[ratio.measure].figures[figure] ?? [])
        let median = Self.median(rounds.map { $0 / $1 })
        var cells = [median.text(3), "", ""]
        if ratio.isBound, let bound = bounds[figure] {
            let isMet = figure.isTime ? median <= bound : median >= bound
            cells = [median.text(3), (figure.isTime ? "≤ " : "≥ ") + bound.text(2), isMet ? "met" : "MISSED"]
        }
        Report.row(figure.title, cells)
    }

    private static func median(_ values: [Double]) -> Double {
        values.isEmpty ? .nan : values.sorted()[values.count / 2]
    }
}
