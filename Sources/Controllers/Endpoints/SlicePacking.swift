/// Puts endpoints into slices of at most ``capacity``, so that as few slices as possible change.
///
/// Source: `k8s.io/endpointslice` `reconcileByPortMapping`.
struct SlicePacking: Sendable {
    /// Endpoints in a slice: `--max-endpoints-per-slice` of kube-controller-manager.
    static let capacity = 100

    /// A slice that is there.
    struct Present: Sendable {
        var name: String
        var endpoints: [SliceEndpoint]
    }

    /// What becomes of the slices.
    struct Result: Sendable, Equatable {
        /// Slices with other endpoints than before.
        var changed: [String: [SliceEndpoint]] = [:]
        /// Slices that stay as they are.
        var unchanged: [String] = []
        /// Slices that have no endpoint any more.
        var emptied: [String] = []
        /// Endpoints of new slices.
        var created: [[SliceEndpoint]] = []
    }

    /// What to do so that the slices hold these endpoints.
    ///
    /// - Parameters:
    ///   - desired: In the order in which new ones are put into slices; none twice.
    ///   - present: All of one address type and the same ports.
    static func pack(_ desired: [SliceEndpoint], into present: [Present]) -> Result {
        var left: [SliceEndpoint.Identity: SliceEndpoint] = [:]
        for endpoint in desired { left[endpoint.identity] = endpoint }
        var result = Result()
        var changed: [(name: String, endpoints: [SliceEndpoint])] = []
        var unchanged: [(name: String, endpoints: [SliceEndpoint])] = []
        for slice in present.sorted(by: { $0.name < $1.name }) {
            // An endpoint that is in two slices stays in the first.
            let kept = slice.endpoints.compactMap { left.removeValue(forKey: $0.identity) }
            if kept.isEmpty {
                result.emptied.append(slice.name)
            } else if kept == slice.endpoints {
                unchanged.append((slice.name, kept))
            } else {
                changed.append((slice.name, kept))
            }
        }
        var new = desired.filter { left[$0.identity] != nil }
        // First where a request is made anyway, the fullest first.
        changed.sort { $0.endpoints.count > $1.endpoints.count }
        for index in changed.indices {
            let room = min(max(capacity - changed[index].endpoints.count, 0), new.count)
            changed[index].endpoints += new.prefix(room)
            new.removeFirst(room)
        }
        while new.count >= capacity {
            result.created.append(Array(new.prefix(capacity)))
            new.removeFirst(capacity)
        }
        if !new.isEmpty {
            // The rest into the fullest slice that has room for all of it, else into one that is free, else a new one.
            let candidates = unchanged.indices.filter { unchanged[$0].endpoints.count + new.count <= capacity }
            if let best = candidates.max(by: { unchanged[$0].endpoints.count < unchanged[$1].endpoints.count }) {
                var slice = unchanged.remove(at: best)
                slice.endpoints += new
                changed.append(slice)
            } else if let name = result.emptied.first {
                result.emptied.removeFirst()
                changed.append((name, new))
            } else {
                result.created.append(new)
            }
        }
        for slice in changed { result.changed[slice.name] = slice.endpoints }
        result.unchanged = unchanged.map(\.name)
        return result
    }
}
