import KubernetesAPI
public import ServiceRouting

/// Object changes that wait for the next sync, the latest of each object.
///
/// Bounded by the number of objects: a source that changes one object a thousand times while a sync runs leaves one change.
struct PendingChanges: Sendable {
    private enum Name: Hashable {
        case service(ObjectKey)
        case endpointSlice(ObjectKey)
        case node
        case serviceCIDR(String)
    }

    private var order: [Name] = []
    private var latest: [Name: ObjectChange] = [:]

    var isEmpty: Bool { order.isEmpty }
    var count: Int { order.count }

    /// Adds a change; it takes the place of an earlier one of the same object.
    mutating func add(_ change: ObjectChange) {
        let name: Name =
            switch change {
            case .service(let key, _): .service(key)
            case .endpointSlice(let key, _): .endpointSlice(key)
            case .node: .node
            case .serviceCIDR(let key, _): .serviceCIDR(key)
            }
        if latest.updateValue(change, forKey: name) == nil { order.append(name) }
    }

    /// Removes and returns everything, in the order in which the objects first changed.
    mutating func take() -> [ObjectChange] {
        defer { self = PendingChanges() }
        return order.compactMap { latest[$0] }
    }
}
