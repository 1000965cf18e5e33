import ObjectSources
import ServiceRouting

/// Object changes that wait for the next sync, the latest of each object.
///
/// Bounded by the number of objects: a source that changes one object a thousand times while a sync runs leaves one change.
struct PendingChanges: Sendable {
    private var order: [ObjectIdentity] = []
    private var latest: [ObjectIdentity: ObjectChange] = [:]

    var isEmpty: Bool { order.isEmpty }
    var count: Int { order.count }

    /// Adds a change; it takes the place of an earlier one of the same object.
    mutating func add(_ change: ObjectChange) {
        let name = ObjectIdentity(change)
        if latest.updateValue(change, forKey: name) == nil { order.append(name) }
    }

    /// Removes and returns everything, in the order in which the objects first changed.
    mutating func take() -> [ObjectChange] {
        defer { self = PendingChanges() }
        return order.compactMap { latest[$0] }
    }
}
