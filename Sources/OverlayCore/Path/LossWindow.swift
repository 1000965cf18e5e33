/// How the last 64 small probes of a path ended, and what that means for the next ones that are lost.
struct LossWindow: Sendable, Hashable {
    /// One bit per probe, the last one lowest; 1 is lost.
    private var outcomes: UInt64 = 0
    private(set) var count = 0
    /// How many of the last ones in a row were lost.
    private(set) var lostInRow = 0

    /// Notes one probe's end.
    mutating func append(isLost: Bool) {
        outcomes = outcomes << 1 | (isLost ? 1 : 0)
        count = min(count + 1, 64)
        lostInRow = isLost ? lostInRow + 1 : 0
    }

    /// Notes that a probe was lost that is older than the last one answered.
    mutating func appendPast() {
        outcomes = outcomes << 1 | 1
        count = min(count + 1, 64)
    }

    /// A probe that counted as lost was answered after all: it and those after it, which are younger, count no longer.
    mutating func forgetRun() {
        outcomes = lostInRow >= 64 ? 0 : outcomes >> UInt64(lostInRow)
        count = max(0, count - lostInRow)
        lostInRow = 0
    }

    /// Something newer than the run came through that is no small probe, and so not counted: the run is over.
    mutating func endRun() { lostInRow = 0 }

    /// The share of probes that are lost: 0...1.
    var loss: Double { count == 0 ? 0 : Double(outcomes.nonzeroBitCount) / Double(count) }

    /// How many probes in a row must be lost before chance is no explanation: between `least` and 27.
    ///
    /// From the loss before the present run, and two standard deviations more, since it is known from few probes: a clean
    /// path needs few; one that loses half of all needs 27, which chance does once in 80 million runs.
    func requiredRun(atLeast least: Int) -> Int {
        let before = max(0, outcomes.nonzeroBitCount - min(lostInRow, 64))
        let total = max(0, count - min(lostInRow, 64))
        // Each row: up to this loss, so many; ln(1e-6) / ln(loss). A little doubt is added to few observations.
        let loss = (Double(before + 1) + 2 * Double(before).squareRoot()) / Double(total + 6)
        let run =
            switch loss {
            case ..<0.03: 4
            case ..<0.06: 5
            case ..<0.10: 6
            case ..<0.14: 7
            case ..<0.21: 9
            case ..<0.31: 12
            case ..<0.42: 16
            case ..<0.50: 20
            default: 27
            }
        return max(least, run)
    }
}
