public import JSON
import KubernetesAPI
import KubernetesClient

extension OwnerGraph {
    /// What to do about an object.
    public struct Step: Sendable, Hashable {
        /// Owners to ask the server for; where there are any nothing else is to be done before.
        public var unknownOwners: [Owner] = []
        /// The requests, in order; after one that fails the rest are left.
        public var actions: [Action] = []
        /// Other objects to look at.
        public var looks: [String] = []
        /// What to tell people.
        public var events: [ClusterEvent] = []

        /// Nothing to do.
        public init() {}
    }

    /// A request.
    public enum Action: Sendable, Hashable {
        /// A merge patch, of the version that was seen only.
        case patch(Identity, JSONValue)
        /// A deletion, of the version that was seen only.
        case delete(Identity, ClusterWrite.DeleteOptions)
    }

    /// What to do about an object: nothing where one of its owners is there and not about to go.
    ///
    /// Source: `k8s.io/kubernetes/pkg/controller/garbagecollector` `attemptToDeleteItem`.
    public func step(for uid: String) -> Step {
        guard let entry = entries[uid] else { return Step() }
        if entry.isDeleted { return finalization(of: entry) }
        guard !entry.owners.isEmpty else { return Step() }
        var step = Step()
        var gone: Set<String> = []
        var waiting: Set<String> = []
        var hasSolidOwner = false
        for reference in entry.owners {
            switch standing(of: reference, for: entry, &step.events) {
            case .solid: hasSolidOwner = true
            case .waits: waiting.insert(reference.uid)
            case .gone: gone.insert(reference.uid)
            case .unknown(let owner): step.unknownOwners.append(owner)
            // Nothing is known of it and nothing can be: the object is left alone.
            case .unanswerable: return Step(events: step.events)
            }
        }
        guard step.unknownOwners.isEmpty else { return step }
        if hasSolidOwner {
            let lost = gone.union(waiting)
            if !lost.isEmpty { step.actions = [Self.removal(of: lost, from: entry)] }
            return step
        }
        let dependents = dependents(of: uid)
        if !waiting.isEmpty, !dependents.isEmpty {
            // Owners that wait for each other in a circle would wait for ever.
            if dependents.contains(where: \.waitsForDependents), entry.owners.contains(where: \.blocksDeletion) {
                step.actions.append(Self.unblocking(entry))
            } else {
                step.actions.append(Self.deletion(of: entry, "Foreground"))
            }
            return step
        }
        let policy =
            entry.finalizers.contains(Self.orphanFinalizer)
            ? "Orphan" : entry.finalizers.contains(Self.foregroundFinalizer) ? "Foreground" : "Background"
        step.actions = [Self.deletion(of: entry, policy)]
        return step
    }

    private enum Standing {
        case solid, waits, gone, unanswerable
        case unknown(Owner)
    }

    private func standing(
        of reference: OwnerReference,
        for entry: Entry,
        _ events: inout [ClusterEvent]
    ) -> Standing {
        guard let kind = kind(of: reference) else { return .unanswerable }
        let isNamespaced = kinds[kind].namespaced
        if isNamespaced, entry.identity.name.namespace == nil {
            events.append(invalidNamespace(reference, entry))
            return .unanswerable
        }
        let name = ObjectName(namespace: isNamespaced ? entry.identity.name.namespace : nil, name: reference.name)
        let owner = Owner(identity: Identity(kind: kind, name: name), uid: reference.uid)
        if let present = entries[reference.uid] {
            if present.identity == owner.identity { return present.waitsForDependents ? .waits : .solid }
            if present.identity.name.namespace != name.namespace { events.append(invalidNamespace(reference, entry)) }
        }
        return isAbsent(owner) ? .gone : .unknown(owner)
    }

    private func finalization(of entry: Entry) -> Step {
        var step = Step()
        if entry.orphansDependents {
            step.actions = dependents(of: entry.uid).map { Self.removal(of: [entry.uid], from: $0) }
            step.actions.append(Self.finalizerRemoval(Self.orphanFinalizer, entry))
        } else if entry.waitsForDependents {
            let blocking = dependents(of: entry.uid).filter { dependent in
                dependent.owners.contains { $0.uid == entry.uid && $0.blocksDeletion }
            }
            if blocking.isEmpty {
                step.actions = [Self.finalizerRemoval(Self.foregroundFinalizer, entry)]
            } else {
                step.looks = blocking.filter { !$0.isDeleted }.map(\.uid)
            }
        }
        return step
    }

    // MARK: Requests

    private static func patch(_ entry: Entry, _ field: String, _ value: JSONValue) -> Action {
        .patch(
            entry.identity,
            [
                "metadata": [
                    "uid": .string(entry.uid), "resourceVersion": .string(entry.resourceVersion), field: value,
                ]
            ]
        )
    }

    private static func removal(of owners: Set<String>, from entry: Entry) -> Action {
        let left = entry.owners.filter { !owners.contains($0.uid) }
        return patch(entry, "ownerReferences", left.isEmpty ? .null : .array(left.map(\.json)))
    }

    private static func unblocking(_ entry: Entry) -> Action {
        let owners = entry.owners.map { owner in
            var owner = owner
            owner.blocksDeletion = false
            return owner
        }
        return patch(entry, "ownerReferences", .array(owners.map(\.json)))
    }

    private static func finalizerRemoval(_ finalizer: String, _ entry: Entry) -> Action {
        let left = entry.finalizers.filter { $0 != finalizer }
        return patch(entry, "finalizers", left.isEmpty ? .null : .strings(left))
    }

    private static func deletion(of entry: Entry, _ policy: String) -> Action {
        let options = ClusterWrite.DeleteOptions(
            uid: entry.uid,
            resourceVersion: entry.resourceVersion,
            propagationPolicy: policy
        )
        return .delete(entry.identity, options)
    }

    private func invalidNamespace(_ reference: OwnerReference, _ entry: Entry) -> ClusterEvent {
        let namespace = entry.identity.name.namespace ?? ""
        return ClusterEvent(
            kinds[entry.identity.kind],
            entry.identity.name,
            uid: entry.uid,
            isWarning: true,
            reason: "OwnerRefInvalidNamespace",
            message: "ownerRef [\(reference.apiVersion)/\(reference.kind), namespace: \(namespace), name: "
                + "\(reference.name), uid: \(reference.uid)] does not exist in namespace \"\(namespace)\""
        )
    }
}

extension OwnerGraph.Step {
    fileprivate init(events: [ClusterEvent]) {
        self.init()
        self.events = events
    }
}
