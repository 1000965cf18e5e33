import JSON

/// A number of pods, or a part of them: `3`, `"25%"`.
enum AmountOrPercent: Sendable, Hashable {
    case amount(Int)
    case percent(Int)

    /// What an object says; what is neither counts as the default.
    init(_ value: JSONValue?, default otherwise: AmountOrPercent) {
        if let amount = value?.integer {
            self = .amount(max(0, amount))
        } else if let text = value?.string, text.hasSuffix("%"), let percent = Int(text.dropLast()) {
            self = .percent(min(max(0, percent), 1_000_000))
        } else {
            self = otherwise
        }
    }

    /// So many of `total`.
    func count(of total: Int, roundsUp: Bool) -> Int {
        switch self {
        case .amount(let amount): amount
        case .percent(let percent): (total * percent + (roundsUp ? 99 : 0)) / 100
        }
    }
}
