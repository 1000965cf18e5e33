import APIAccess
import APIRegistry
import JSON
import KubernetesAPI
import Storage

/// What a delete led to.
struct Deleted: Sendable {
    /// The object as it is now, or was last.
    var object: CachedObject
    /// Whether it is gone; otherwise it goes when its time or its finalizers are over.
    var isGone: Bool
}

extension ObjectRegistry {
    /// How often a delete begins anew after the object was changed meanwhile.
    private static let deleteAttempts = 30
    /// How many objects of a collection are looked at.
    private static let collectionPageSize = 500

    /// Deletes an object.
    func delete(
        _ kind: KindDefinition,
        namespace: String?,
        name: String,
        _ options: DeleteOptions,
        by identity: RequestIdentity? = nil
    ) async throws(Refusal) -> Deleted {
        try await delete(kind, try await get(kind, namespace: namespace, name: name), name: name, options, identity)
    }

    private func delete(
        _ kind: KindDefinition,
        _ found: CachedObject,
        name: String,
        _ options: DeleteOptions,
        _ identity: RequestIdentity?
    ) async throws(Refusal) -> Deleted {
        var current = found
        let head = try cache(of: kind).head
        try checkDeletion(kind, name: name)
        if let identity, !admission.isEmpty {
            try admit(
                AdmissionRequest(
                    identity: identity,
                    verb: "delete",
                    resource: kind.resource,
                    namespace: found.value?["metadata"]?["namespace"]?.string,
                    name: name,
                    old: found.value
                )
            )
        }
        for _ in 0..<Self.deleteAttempts {
            let deletion = try Deletion(
                of: Self.withoutVersion(current.value ?? .null),
                resource: kind.resource,
                style: kind.deletionStyle,
                resourceVersion: current.revision.rawValue,
                options: options,
                now: .now
            )
            var plan: WritePlan
            switch deletion {
            case .pending:
                return Deleted(object: current, isGone: false)
            case .update(let object):
                plan = WritePlan(kind: kind, key: current.key, old: current, new: object)
            case .remove(let object):
                plan = WritePlan(kind: kind, key: current.key, old: current, new: object, isRemoval: true)
            }
            if options.isDryRun {
                return Deleted(object: try draftObject(&plan, revision: nil), isGone: plan.isRemoval)
            }
            let isGone = plan.isRemoval
            try allocate(&plan)
            switch try await commit(&plan) {
            case .committed(let object):
                // What came in its place is another object.
                return Deleted(object: plan.isRemoval == isGone ? object : current, isGone: isGone)
            case .allocationConflict: _ = try await catchUp()
            case .conflict(let present):
                guard let present else { throw .notFound(kind.resource, name: name) }
                guard let newer = CachedObject(present, head: head) else {
                    throw .internalError("\(present.key) holds no object")
                }
                current = newer
            }
        }
        throw .contention(kind.resource, operation: "DELETE")
    }

    /// Deletes all objects that a list finds, and returns them.
    func deleteCollection(
        _ kind: KindDefinition,
        namespace: String?,
        _ list: ListOptions,
        _ options: DeleteOptions,
        by identity: RequestIdentity? = nil
    ) async throws(Refusal) -> ObjectList {
        var found = try await self.list(kind, namespace: namespace, list)
        var deleted: [CachedObject] = []
        for object in found.objects {
            let name = object.key.split(separator: "/").last.map { String($0) } ?? ""
            do throws(Refusal) {
                deleted.append(try await delete(kind, object, name: name, options, identity).object)
            } catch  where error.reason == .notFound {
                continue
            }
        }
        found.objects = deleted
        return found
    }

    /// Refuses to delete what the cluster cannot be without.
    private func checkDeletion(_ kind: KindDefinition, name: String) throws(Refusal) {
        guard kind.deletionStyle == .namespace, Self.immortalNamespaces.contains(name) else { return }
        throw .forbidden(kind.resource, name: name, "this namespace may not be deleted")
    }

    /// Namespaces that cannot be deleted.
    static let immortalNamespaces: Set<String> = ["default", "kube-system", "kube-public"]
}

extension KindDefinition {
    /// How its objects go.
    var deletionStyle: Deletion.Style {
        if subresources.contains(.finalize) { return .namespace }
        return subresources.contains(.eviction) ? .graceful : .immediate
    }
}
