public import NFTables
public import ServiceRouting

/// The entries of one sticky map that lead to an endpoint which left.
///
/// Only the kernel knows these entries. The map is read just before the endpoint is removed, and its entries go in the same
/// transaction; and read once more after it, for those that were recorded in between.
public struct StickyPurge: Hashable, Sendable {
    /// The map.
    public var map: StickyMap
    /// The endpoint that left.
    public var endpoint: Backend
}

extension StickyPurge {
    /// The deletions of those of the map's elements that lead to the endpoint.
    public func deletions(among elements: [Element]) -> [Element] {
        let value = Element.Value.data(endpoint.registerValue)
        // A dump of a hash that is being resized may tell an element twice.
        return Array(Set(elements.filter { $0.value == value }.map { Element($0.key) }))
    }
}
