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
