import APIRegistry
import Addressing
import JSON
import KubernetesAPI
import Storage
import Synchronization

/// The addresses and node ports of Services: what is given out, and what a write gives out besides.
///
/// What counts is in the store: a record for each address and port, written and deleted in the transactions that write
/// Services. What is in memory says where to look for a free one.
final class ServiceAllocations: Sendable {
    private let state: Mutex<AllocationState>

    init(_ state: AllocationState) {
        self.state = Mutex(state)
    }

    // MARK: What the store says

    /// What the keys of records begin with.
    static let prefixes = [AllocationRecord.addressPrefix, AllocationRecord.portPrefix]

    /// Whether a change of the store is about something that is given out.
    static func concerns(_ key: String) -> Bool { prefixes.contains { key.hasPrefix($0) } }

    /// These are all records that there are.
    func reload(_ records: [StoredValue]) {
        var (addresses, ports) = (Set<IPAddress>(), Set<Int>())
        for record in records {
            switch AllocationRecord(key: record.key, value: .null).subject {
            case .address(let address)?: addresses.insert(address)
            case .port(let port)?: ports.insert(port)
            case nil: break
            }
        }
        state.withLock { state in
            for address in state.addresses.subtracting(addresses) { state.remove(address) }
            for address in addresses { state.insert(address) }
            for port in state.portRange where state.contains(port: port) && !ports.contains(port) {
                state.remove(port: port)
            }
            for port in ports { state.insert(port: port) }
        }
    }

    /// A record was written or deleted, here or by another server.
    func note(_ event: StoreEvent) {
        let record = AllocationRecord(key: event.key, value: .null)
        state.withLock { state in
            switch (record.subject, event.value == nil) {
            case (.address(let address)?, false): state.insert(address)
            case (.address(let address)?, true): state.remove(address)
            case (.port(let port)?, false): state.insert(port: port)
            case (.port(let port)?, true): state.remove(port: port)
            case (nil, _): break
            }
        }
    }

    /// New addresses come from these ranges.
    func setRanges(_ ranges: [IPPrefix]) {
        state.withLock { $0.setRanges(ranges) }
    }

    /// What was committed.
    func apply(_ changes: AllocationChanges) {
        state.withLock { $0.apply(changes) }
    }

    // MARK: Writes

    /// Gives a Service what it needs, and takes back what it needs no longer.
    ///
    /// - Parameter record: The IPAddress under a key, from memory; the write takes place only if it is still so.
    func allocate(_ plan: inout WritePlan, record: (_ key: String) -> CachedObject?) throws(Refusal) {
        let changes: AllocationChanges
        if plan.isRemoval {
            changes = ServiceAllocation.release(of: plan.old?.value ?? plan.new)
        } else {
            let old = plan.old?.value
            let service = plan.new
            let allocation = try state.withLock { state throws(Refusal) in
                var generator = SystemRandomNumberGenerator()
                return try ServiceAllocation(service, old: old, state: state, using: &generator)
            }
            plan.new = allocation.service
            changes = allocation.changes
        }
        guard !changes.isEmpty else { return }
        plan.allocation = changes
        let namespace = plan.new["metadata"]?["namespace"]?.string ?? ""
        let name = plan.new["metadata"]?["name"]?.string ?? ""
        let records = changes.records(namespace: namespace, name: name, now: .now, makeUID: AuditID.make)
        plan.conditions = records.map { StoreTransaction.Condition(key: $0.key, modRevision: nil) }
        plan.changes = records.map { .put(key: $0.key, value: $0.value.json, timeToLive: nil) }
        for address in changes.releasedAddresses {
            // Another Service may have it by now, where somebody deleted the object.
            let key = AllocationRecord.key(of: address)
            let present = record(key)
            plan.conditions.append(.init(key: key, modRevision: present?.revision))
            guard let value = present?.value else { continue }
            guard AllocationRecord(key: key, value: value).belongs(toNamespace: namespace, name: name) else { continue }
            plan.changes.append(.delete(key: key))
        }
        plan.changes += changes.releasedPorts.map { .delete(key: AllocationRecord.key(ofPort: $0)) }
    }

    // MARK: Repair

    /// Compares Services with records, and returns what has to be written for them to agree.
    func repair(services: [JSONValue], records: [StoredValue]) -> (StoreTransaction, problems: [String]) {
        var versions: [String: Revision] = [:]
        var known: [AllocationRecord] = []
        for record in records {
            versions[record.key] = record.modRevision
            known.append(AllocationRecord(key: record.key, value: (try? JSONValue(json: record.value)) ?? .null))
        }
        let repair = state.withLock { state in
            AllocationRepair(services: services, records: known, state: &state, now: .now, makeUID: AuditID.make)
        }
        var transaction = StoreTransaction(then: [])
        for record in repair.missing + repair.wrong {
            transaction.conditions.append(.init(key: record.key, modRevision: versions[record.key]))
            transaction.changes.append(.put(key: record.key, value: record.value.json, timeToLive: nil))
        }
        for key in repair.orphaned {
            transaction.conditions.append(.init(key: key, modRevision: versions[key]))
            transaction.changes.append(.delete(key: key))
        }
        return (transaction, repair.problems)
    }
}
