import APIRegistry
import Addressing
import JSON
import KubernetesAPI
import Logging
import Storage

extension ObjectRegistry {
    /// Allocates what the object needs, and gives back what it needs no longer.
    func allocate(_ plan: inout WritePlan) throws(Refusal) {
        plan.conditions = []
        plan.changes = []
        plan.allocation = nil
        if plan.isRemoval, let renewed = renewed(plan.new, plan.kind) {
            plan.new = renewed
            plan.isRemoval = false
        }
        guard plan.kind.storagePrefix == servicePrefix else { return }
        let addresses = cache.cache(ofKey: AllocationRecord.addressPrefix)
        try allocations.allocate(&plan) { addresses?.object($0) }
    }

    /// The object that takes the place of an IPAddress that somebody deletes while its Service has the address: a new
    /// one, so that nobody else gets the address. Nil for all other objects.
    ///
    /// Upstream's repair loop makes it anew within minutes.
    private func renewed(_ object: JSONValue, _ kind: KindDefinition) -> JSONValue? {
        guard kind.storagePrefix == AllocationRecord.addressPrefix, let parent = object["spec"]?["parentRef"],
            parent["resource"] == "services", (parent["group"]?.string ?? "").isEmpty,
            let namespace = parent["namespace"]?.string, let name = parent["name"]?.string,
            let address = (object["metadata"]?["name"]?.string).flatMap({ IPAddress($0) }),
            let service = self.object(group: "", plural: "services", namespace: namespace, name: name),
            ServiceAllocation.release(of: service).releasedAddresses.contains(address)
        else { return nil }
        return AllocationRecord.address(
            address,
            namespace: namespace,
            name: name,
            uid: AuditID.make(),
            now: .now
        ).value
    }

    /// Takes the ranges of addresses from the ServiceCIDRs; those that are being deleted give out nothing new.
    func followRanges(_ cache: KindCache) {
        let objects = cache.snapshot(prefix: cache.kind.storagePrefix).objects.compactMap(\.value)
        // The first one that there was decides the family that Services have by default.
        let own = objects.filter { $0["metadata"]?["name"] == "kubernetes" }
        let others = objects.filter { $0["metadata"]?["name"] != "kubernetes" }
        let ranges = (own + others).filter { $0["metadata"]?["deletionTimestamp"] == nil }
            .flatMap { $0["spec"]?["cidrs"]?.array ?? [] }.compactMap(\.string).compactMap { IPPrefix($0) }
        if !ranges.isEmpty { allocations.setRanges(ranges) }
    }

    /// Makes records and Services agree.
    func repairAllocations() async throws(Refusal) {
        guard let services = kinds.kinds.first(where: { $0.storagePrefix == servicePrefix }) else { return }
        let revision = try await catchUp()
        do throws(StoreError) {
            // Both as of one moment: what is written meanwhile would seem to be missing.
            var objects: [JSONValue] = []
            try await cache.read(KeyRange(prefix: services.storagePrefix), at: revision) { service, _ in
                guard let object = try? JSONValue(json: service.value) else { return }
                // Whose it is and what it has; labels and the rest need not be in memory as trees.
                var metadata: JSONValue = [:]
                for field in ["name", "namespace", "uid", "creationTimestamp"] {
                    metadata[field] = object["metadata"]?[field]
                }
                objects.append(["metadata": metadata, "spec": object["spec"] ?? [:]])
            }
            var records: [StoredValue] = []
            for prefix in ServiceAllocations.prefixes {
                try await cache.read(KeyRange(prefix: prefix), at: revision) { record, _ in records.append(record) }
            }
            let (transaction, problems) = allocations.repair(services: objects, records: records)
            for problem in problems { logger.warning("\(problem)") }
            // One by one: what somebody changed meanwhile is right already, and must not keep the rest from being so.
            for (condition, change) in zip(transaction.conditions, transaction.changes) {
                _ = try await store.commit(StoreTransaction(if: [condition], then: [change]))
            }
        } catch {
            throw Self.refusal(of: error)
        }
    }
}
