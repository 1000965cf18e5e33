public import NFTables
public import ServiceRouting

/// The entries of one sticky map that lead to an endpoint which left; they go in the transaction that removes the endpoint.
///
/// Only the kernel knows these entries, so the map is read just before, and once more after the commit for those recorded in
/// between.
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
        return elements.filter { $0.value == value }.map { Element($0.key) }
    }
}
