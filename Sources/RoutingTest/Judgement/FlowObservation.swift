import Addressing

/// What became of the connections of one flow.
struct FlowObservation: Sendable, Equatable {
    /// Who answered, and which source it saw.
    struct Answer: Sendable, Hashable {
        /// Which of the plan's pods.
        var pod: Int
        var source: IPAddress
    }

    /// How one connection ended.
    enum Outcome: Sendable, Hashable {
        case answered(Answer)
        /// Reset, or ICMP port unreachable.
        case refused
        /// Nothing came in time.
        case dropped
        /// ICMP host or network unreachable, or no route.
        case unreachable
        /// Anything else, in words.
        case failed(String)
    }

    private(set) var counts: [Outcome: Int] = [:]
    /// How many connections there were.
    private(set) var total = 0

    init(_ outcomes: [Outcome] = []) {
        for outcome in outcomes { add(outcome) }
    }

    mutating func add(_ outcome: Outcome) {
        counts[outcome, default: 0] += 1
        total += 1
    }

    /// How many connections each pod answered.
    var answersOfPods: [Int: Int] {
        counts.reduce(into: [:]) { sums, entry in
            if case .answered(let answer) = entry.key { sums[answer.pod, default: 0] += entry.value }
        }
    }

    /// The sources that a pod saw.
    func sources(at pod: Int) -> [IPAddress] {
        counts.keys.compactMap { outcome in
            guard case .answered(let answer) = outcome, answer.pod == pod else { return nil }
            return answer.source
        }
        .sorted()
    }

    /// What happened to those that nobody answered, most frequent first.
    var unanswered: [(what: String, count: Int)] {
        counts.compactMap { outcome, count in
            switch outcome {
            case .answered: nil
            case .refused: ("refused", count)
            case .dropped: ("dropped", count)
            case .unreachable: ("unreachable", count)
            case .failed(let reason): (reason, count)
            }
        }
        .sorted { ($1.count, $0.what) < ($0.count, $1.what) }
    }
}
