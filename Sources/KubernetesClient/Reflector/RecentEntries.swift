/// What was noted lately under keys: at most so many, of which at least the newer half is always there.
///
/// Two halves, of which the older one goes when the newer one is full: no order need be kept.
package struct RecentEntries<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private var newer: [Key: Value] = [:]
    private var older: [Key: Value] = [:]
    private let half: Int

    /// Nothing noted.
    ///
    /// - Parameter limit: How many are remembered at most.
    package init(limit: Int) {
        half = max(limit / 2, 1)
    }

    /// What was noted last under a key; nil where nothing was, or where it is forgotten.
    package subscript(_ key: Key) -> Value? {
        get { newer[key] ?? older[key] }
        set {
            older[key] = nil
            newer[key] = newValue
            guard newer.count >= half else { return }
            older = newer
            newer = [:]
        }
    }
}
