import Addressing

/// `loadBalancerSourceRanges` of one Service, apart for each family.
struct SourceRanges: Hashable, Sendable {
    /// The IPv4 ranges, sorted; nil where all may connect.
    private(set) var ipv4: [IPPrefix]?
    /// The IPv6 ranges, sorted; nil where all may connect.
    private(set) var ipv6: [IPPrefix]?

    /// Reads the ranges by upstream's rules: white space around them is ignored, a family without ranges is not
    /// filtered, and neither is one with a range of length 0.
    ///
    /// Text that is no range, which an API server would have refused, admits nobody in the family that it looks
    /// like: a mistake in a filter must not open it.
    init(_ texts: [String]) {
        var ranges: [IPFamily: Set<IPPrefix>] = [:]
        for text in texts.map(Self.trimmed) where !text.isEmpty {
            let range = IPPrefix(text)
            let family = range?.family ?? (text.contains(":") ? .ipv6 : .ipv4)
            ranges[family, default: []].formUnion(range.map { [$0] } ?? [])
        }
        ipv4 = Self.filter(ranges[.ipv4])
        ipv6 = Self.filter(ranges[.ipv6])
    }

    /// Whether no family is filtered.
    var isOpen: Bool { ipv4 == nil && ipv6 == nil }

    /// The ranges of that family, sorted; nil where all may connect.
    subscript(family: IPFamily) -> [IPPrefix]? { family == .ipv4 ? ipv4 : ipv6 }

    private static func filter(_ ranges: Set<IPPrefix>?) -> [IPPrefix]? {
        guard let ranges, !ranges.contains(where: { $0.length == 0 }) else { return nil }
        return ranges.sorted()
    }

    private static func trimmed(_ text: String) -> String {
        let isContent = { (character: Character) in !character.isWhitespace }
        guard let first = text.firstIndex(where: isContent), let last = text.lastIndex(where: isContent) else {
            return ""
        }
        return String(text[first...last])
    }
}
