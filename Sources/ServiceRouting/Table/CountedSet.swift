/// A set to which several owners may add the same element, and which knows how it changed.
struct CountedSet<Element: Hashable & Comparable & Sendable>: Sendable {
    /// How many owners each element has; never 0.
    private(set) var counts: [Element: Int] = [:]
    /// Whether the element was in the set when the difference was last taken, for each element touched since.
    private var before: [Element: Bool] = [:]

    /// Adds one owner of `element`.
    mutating func add(_ element: Element) {
        note(element)
        counts[element, default: 0] += 1
    }

    /// Takes one owner of `element` away.
    mutating func remove(_ element: Element) {
        guard let count = counts[element] else { return }
        note(element)
        counts[element] = count > 1 ? count - 1 : nil
    }

    /// Takes one owner's elements away and gives it others.
    mutating func replace(_ old: some Sequence<Element>, with new: some Sequence<Element>) {
        for element in new { add(element) }
        for element in old { remove(element) }
    }

    /// How the set changed since the last call.
    mutating func takeDifference() -> SetDifference<Element> {
        guard !before.isEmpty else { return SetDifference() }
        var difference = SetDifference<Element>()
        for (element, wasPresent) in before {
            switch (wasPresent, counts[element] != nil) {
            case (false, true): difference.added.append(element)
            case (true, false): difference.removed.append(element)
            default: break
            }
        }
        before = [:]
        difference.added.sort()
        difference.removed.sort()
        return difference
    }

    private mutating func note(_ element: Element) {
        if before[element] == nil { before[element] = counts[element] != nil }
    }
}
