import Addressing
public import JSON
public import KubernetesAPI

/// What has to change for records to agree with the Services: made when a server starts.
///
/// Services and records are read at one revision; since both are always written in one transaction, a record without its
/// Service is one that somebody lost, not one that is about to be used.
public struct AllocationRepair: Sendable, Hashable {
    /// Records that are missing: to put, if their keys do not exist.
    public var missing: [AllocationRecord] = []
    /// Records that name another Service than the one that has what they are about: to put in their place.
    public var wrong: [AllocationRecord] = []
    /// Keys of records without a Service: to delete.
    public var orphaned: [String] = []
    /// What cannot be repaired, for the log and for events: two Services with one address, addresses outside of all
    /// ranges.
    public var problems: [String] = []

    /// Nothing to do.
    public init() {}

    /// Compares Services with records.
    ///
    /// - Parameters:
    ///   - services: All Services.
    ///   - records: All IPAddress objects, and all records of node ports.
    ///   - state: Has the ranges; what is given out is added to it.
    ///   - now: When missing IPAddress objects are made.
    ///   - makeUID: Makes a new uid for each of them.
    public init(
        services: [JSONValue],
        records: [AllocationRecord],
        state: inout AllocationState,
        now: Timestamp,
        makeUID: () -> String
    ) {
        var expected: [String: AllocationRecord] = [:]
        var keys: [String] = []
        // Of two Services with the same address the older one has it.
        for service in Self.sortedByAge(services) {
            let metadata = service["metadata"] ?? [:]
            let namespace = ObjectMetadata.text(metadata["namespace"])
            let name = ObjectMetadata.text(metadata["name"])
            var changes = AllocationChanges()
            let allocated = ServiceAllocation.release(of: service)
            changes.reservedAddresses = allocated.releasedAddresses
            changes.reservedPorts = allocated.releasedPorts
            for record in changes.records(namespace: namespace, name: name, now: now, makeUID: { "" }) {
                if let other = expected[record.key] {
                    problems.append(
                        "Service \(namespace)/\(name) has \(Self.words(record)), which Service \(other.owner) has; "
                            + "delete one of them and create it again"
                    )
                    continue
                }
                expected[record.key] = record
                keys.append(record.key)
            }
            note(changes, "\(namespace)/\(name)", &state)
        }
        var present: Set<String> = []
        for record in records {
            present.insert(record.key)
            if let wanted = expected[record.key] {
                if !record.isSameOwner(as: wanted) { wrong.append(wanted.withUID(makeUID())) }
            } else if record.isOurs {
                orphaned.append(record.key)
            } else if case .address(let address)? = record.subject {
                // Somebody made it by hand: nobody gets the address.
                state.insert(address)
            }
        }
        missing = keys.filter { !present.contains($0) }.compactMap { expected[$0]?.withUID(makeUID()) }
    }

    private mutating func note(_ changes: AllocationChanges, _ service: String, _ state: inout AllocationState) {
        for address in changes.reservedAddresses {
            if !state.ranges.contains(where: { $0.number(of: address) != nil }) {
                problems.append(
                    "Service \(service) has \(address), which is in no range of ClusterIPs; create it again"
                )
            }
            state.insert(address)
        }
        for port in changes.reservedPorts {
            if !state.portRange.contains(port) {
                let range = "\(state.portRange.lowerBound)-\(state.portRange.upperBound)"
                problems.append("Service \(service) has node port \(port), which is not in the range \(range)")
            }
            state.insert(port: port)
        }
    }

    /// The oldest first; of the same age by name.
    private static func sortedByAge(_ services: [JSONValue]) -> [JSONValue] {
        let keys = services.map { service in
            let metadata = service["metadata"] ?? [:]
            return ["creationTimestamp", "namespace", "name"].map { ObjectMetadata.text(metadata[$0]) }
                .joined(separator: "\0")
        }
        return services.indices.sorted { keys[$0] < keys[$1] }.map { services[$0] }
    }

    private static func words(_ record: AllocationRecord) -> String {
        switch record.subject {
        case .address(let address)?: "ClusterIP \(address)"
        case .port(let port)?: "node port \(port)"
        case nil: record.key
        }
    }
}

extension AllocationRecord {
    private var parent: JSONValue { value["spec"]?["parentRef"] ?? value }

    /// `namespace/name` of the Service that has it.
    fileprivate var owner: String {
        "\(ObjectMetadata.text(parent["namespace"]))/\(ObjectMetadata.text(parent["name"]))"
    }

    fileprivate func isSameOwner(as other: AllocationRecord) -> Bool {
        belongs(
            toNamespace: ObjectMetadata.text(other.parent["namespace"]),
            name: ObjectMetadata.text(other.parent["name"])
        )
    }

    /// Whether an API server made it, and not somebody by hand.
    fileprivate var isOurs: Bool {
        guard case .address? = subject else { return key.hasPrefix(Self.portPrefix) }
        return value["metadata"]?["labels"]?["ipaddress.kubernetes.io/managed-by"]?.string == Self.manager
    }

    fileprivate func withUID(_ uid: String) -> AllocationRecord {
        guard case .address? = subject else { return self }
        var record = self
        record.value[path: "metadata", "uid"] = .string(uid)
        return record
    }
}
