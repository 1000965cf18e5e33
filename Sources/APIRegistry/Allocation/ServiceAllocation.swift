public import JSON

/// What becomes of a Service's addresses and node ports in a write: the Service with them, and what is given out for it.
///
/// A pure function: nothing is given out before it is committed, together with the Service. Source:
/// `pkg/registry/core/service/storage/alloc.go`.
public struct ServiceAllocation: Sendable, Hashable {
    /// The Service with addresses, families and ports filled in.
    public var service: JSONValue
    /// What is given out and taken back.
    public var changes: AllocationChanges

    /// Allocates for a Service that is created, or updated.
    ///
    /// The Service has its defaults, and what a client left out of an update is put back; `clusterIP` and `clusterIPs`
    /// agree. What the Service's validation refuses anyway (malformed addresses, families and policies that there are
    /// not) is left to it, and nothing allocated for it.
    ///
    /// - Throws: 422 in upstream's words where what the Service asks for cannot be given; 500 where nothing is left.
    public init(
        _ service: JSONValue,
        old: JSONValue?,
        state: AllocationState,
        using generator: inout some RandomNumberGenerator
    ) throws(Refusal) {
        var allocator = ServiceAllocator(service, old: old, state: state)
        do {
            try allocator.allocate(using: &generator)
        } catch {
            throw error.refusal(name: service["metadata"]?["name"]?.string ?? "")
        }
        self.service = allocator.service
        changes = allocator.changes
    }

    /// What is taken back when a Service goes.
    public static func release(of service: JSONValue) -> AllocationChanges {
        let shape = AllocatedShape(service)
        var changes = AllocationChanges()
        changes.releasedAddresses = shape.addresses
        changes.releasedPorts = shape.allPorts
        return changes
    }
}

/// Why nothing can be allocated.
enum AllocationError: Error, Hashable {
    /// What the Service asks for cannot be given.
    case invalid([FieldError])
    /// Nothing is left; of what.
    case full(String)

    func refusal(name: String) -> Refusal {
        switch self {
        case .invalid(let errors): .invalid(QualifiedName(group: "", name: "Service"), name: name, errors)
        case .full(let words): .internalError(words)
        }
    }
}
