/// Which objects of a kind a list or a watch is about.
struct ObjectFilter: Sendable {
    /// What their keys begin with: all objects of the kind, or those of a namespace.
    var keyPrefix: String
    /// The key of the only one; nil for any.
    var key: String?
    /// A condition on the labels; nil for none.
    var labels: (@Sendable ([String: String]) -> Bool)?
    /// A condition on the fields; nil for none.
    var fields: (@Sendable (CachedObject) -> Bool)?

    /// All objects whose keys begin so.
    init(keyPrefix: String) {
        self.keyPrefix = keyPrefix
    }

    /// Whether everything under the prefix is selected.
    var isEverything: Bool { key == nil && labels == nil && fields == nil }

    /// Whether an object under this key may be among them.
    func contains(_ key: String) -> Bool {
        if let only = self.key { return key == only }
        return key.hasPrefix(keyPrefix)
    }

    /// Whether the conditions hold.
    func selects(_ object: CachedObject) -> Bool {
        if let labels, !labels(object.labels) { return false }
        if let fields, !fields(object) { return false }
        return true
    }

    /// Whether it is one of them.
    func matches(_ object: CachedObject) -> Bool { contains(object.key) && selects(object) }
}
