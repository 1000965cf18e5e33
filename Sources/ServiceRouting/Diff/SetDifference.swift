/// How a set changed.
public struct SetDifference<Element: Hashable & Sendable>: Hashable, Sendable {
    /// Elements that are in the set now and were not before; in ascending order.
    public var added: [Element]
    /// Elements that were in the set and are not now; in ascending order.
    public var removed: [Element]

    /// The difference between two sets that differ by these elements.
    public init(added: [Element] = [], removed: [Element] = []) {
        self.added = added
        self.removed = removed
    }

    /// Whether nothing changed.
    public var isEmpty: Bool { added.isEmpty && removed.isEmpty }
}
