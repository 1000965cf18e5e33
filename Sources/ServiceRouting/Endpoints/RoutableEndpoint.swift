/// A backend of one Service port and its state as seen from this node.
struct RoutableEndpoint: Hashable, Sendable {
    let backend: Backend
    let state: EndpointState
}

extension RoutableEndpoint {
    /// Sorts the endpoints by backend and leaves each backend once, with the entry that counts.
    ///
    /// Of entries with equal precedence the first stays, so the result depends on the order of the slices only.
    static func sortUnique(_ endpoints: inout [RoutableEndpoint]) {
        var isSorted = true
        for index in endpoints.indices.dropFirst() where !(endpoints[index - 1].backend < endpoints[index].backend) {
            isSorted = false
            break
        }
        guard !isSorted else { return }
        // The standard library's sort is stable, and linear where the slices are sorted runs.
        endpoints.sort { $0.backend < $1.backend }
        var kept = 0
        for index in endpoints.indices.dropFirst() {
            if endpoints[index].backend != endpoints[kept].backend {
                kept += 1
                endpoints[kept] = endpoints[index]
            } else if endpoints[index].state.precedence > endpoints[kept].state.precedence {
                endpoints[kept] = endpoints[index]
            }
        }
        endpoints.removeSubrange((kept + 1)...)
    }
}
