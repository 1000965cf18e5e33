public import Addressing

extension Element {
    /// The elements that put the addresses of a prefix into an interval set over addresses: its first address, and
    /// the first address after it, which is left out where the prefix reaches the last address.
    public static func interval(_ prefix: IPPrefix, value: Value = .none, comment: String? = nil) -> [Element] {
        let first = Element(RegisterValue(prefix.address), value: value, comment: comment)
        guard let next = prefix.lastAddress.successor else { return [first] }
        var end = Element(RegisterValue(next))
        end.isIntervalEnd = true
        return [first, end]
    }
}

extension IPAddress {
    /// The address after this one; nil after the last.
    fileprivate var successor: IPAddress? {
        switch self {
        case .v4(let value):
            let (next, overflow) = value.addingReportingOverflow(1)
            return overflow ? nil : .v4(next)
        case .v6(let high, let low):
            let (nextLow, carried) = low.addingReportingOverflow(1)
            let (nextHigh, overflow) = high.addingReportingOverflow(carried ? 1 : 0)
            return overflow ? nil : .v6(high: nextHigh, low: nextLow)
        }
    }
}
