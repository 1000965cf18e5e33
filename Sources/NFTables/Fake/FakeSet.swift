internal import Glibc

/// One set in memory.
struct FakeSet {
    /// What tells one element from another.
    struct Key: Hashable {
        var key: RegisterValue
        var keyEnd: RegisterValue?
        var isIntervalEnd: Bool

        init(_ element: Element) {
            key = element.key
            keyEnd = element.keyEnd
            isIntervalEnd = element.isIntervalEnd
        }
    }

    var definition: NamedSet
    var elements: [Key: Element] = [:]
    /// Rules that use it.
    var useCount = 0
    /// The definition that it was added with again, in the transaction under way.
    var update: NamedSet?

    init(definition: NamedSet) { self.definition = definition }

    /// Whether its elements may not change any more.
    var isFrozen: Bool { useCount > 0 && definition.flags.contains(.constant) }

    /// Adds an element; false if it was there.
    mutating func insert(_ element: Element) throws(FakeRuleset.Refusal) -> Bool {
        guard element.fits(definition) else { throw .init(errno: EINVAL) }
        if let present = elements[Key(element)] {
            guard present.value == element.value else { throw .init(errno: EEXIST) }
            return false
        }
        if definition.isRangedConcatenation, elements.values.contains(where: { $0.overlaps(element) }) {
            throw .init(errno: EEXIST)
        }
        if let size = definition.size, elements.count >= Int(size) { throw .init(errno: ENFILE) }
        elements[Key(element)] = element
        return true
    }

    /// Deletes an element; nil if it was not there.
    mutating func remove(_ element: Element) -> Element? {
        elements.removeValue(forKey: Key(element))
    }
}

extension NamedSet {
    /// Whether the kernel takes them for one set: what only `nft` reads may differ, and what may be changed later.
    func isSame(as other: NamedSet) -> Bool { key == other.key && value == other.value && flags == other.flags }
}

extension Element {
    /// Whether the key is one that a set of that definition can have.
    func hasKey(of set: NamedSet) -> Bool {
        if isCatchAll { return key.byteCount == 0 && keyEnd == nil && !isIntervalEnd }
        if let keyEnd, keyEnd.byteCount != set.keyByteCount || !set.isRangedConcatenation { return false }
        return key.byteCount == set.keyByteCount
    }

    /// Whether a set of that definition may hold it.
    fileprivate func fits(_ set: NamedSet) -> Bool {
        guard hasKey(of: set) else { return false }
        if isIntervalEnd {
            guard set.flags.contains(.interval), set.key.count == 1 else { return false }
            return value == .none
        }
        if timeout != nil || expiration != nil, !set.flags.contains(.timeout) { return false }
        switch (set.value, value) {
        case (.none, .none), (.verdict, .verdict): return true
        case (.data, .data(let data)): return data.byteCount == set.valueByteCount
        default: return false
        }
    }

    /// Whether two elements of a set of ranges have a key in common.
    fileprivate func overlaps(_ other: Element) -> Bool {
        key <= (other.keyEnd ?? other.key) && other.key <= (keyEnd ?? key)
    }
}
