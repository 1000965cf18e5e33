import APIRegistry
import JSON
import KubernetesAPI
import Storage

extension ObjectRegistry {
    /// How many names are tried where the server makes them.
    private static let nameAttempts = 8
    /// How many addresses or ports are tried that turn out to be taken, and how often the namespace may be changed.
    private static let allocationAttempts = 30

    /// Creates an object.
    ///
    /// - Parameters:
    ///   - namespace: That of the path; nil for kinds that have none.
    ///   - value: As decoded, in the kind's own version.
    func create(
        _ kind: KindDefinition,
        namespace: String?,
        _ value: JSONValue,
        _ options: WriteOptions = WriteOptions()
    ) async throws(Refusal) -> Written {
        var draft = kind.conversion?.toStored(value) ?? value
        kind.strategy.setDefaults(&draft, old: nil)
        kind.strategy.prepareForCreate(&draft)
        var place = try await namespaceCondition(namespace, for: kind, draft)
        try await equip(&draft, kind, namespace: namespace ?? "")
        let isGenerated = (draft["metadata"]?["name"]?.string ?? "").isEmpty
        var (attempt, allocations) = (1, 0)
        while true {
            let object = try prepared(draft, kind, namespace: namespace)
            let name = object["metadata"]?["name"]?.string ?? ""
            var plan = WritePlan(kind: kind, key: kind.key(namespace: namespace, name: name), old: nil, new: object)
            try admit(plan, by: options.identity, nil)
            try allocate(&plan)
            if let place { plan.conditions.append(place) }
            try validate(plan, kind, name: name)
            let warnings = kind.strategy.warnings(plan.new, old: nil)
            if options.isDryRun {
                guard try cache(of: kind).object(plan.key) == nil else {
                    throw .alreadyExists(kind.resource, name: name)
                }
                let object = try draftObject(&plan, revision: nil)
                return Written(object: object, warnings: warnings, isNew: true)
            }
            switch try await commit(&plan) {
            case .committed(let object): return Written(object: object, warnings: warnings, isNew: true)
            case .allocationConflict:
                guard allocations < Self.allocationAttempts else {
                    throw .contention(kind.resource, operation: "create")
                }
                allocations += 1
                _ = try await catchUp()
                place = try await namespaceCondition(namespace, for: kind, draft)
            case .conflict:
                guard isGenerated else { throw .alreadyExists(kind.resource, name: name) }
                guard attempt < Self.nameAttempts else { throw .generatedNameTaken(kind.resource, name: name) }
                attempt += 1
            }
        }
    }

    private func prepared(
        _ draft: JSONValue,
        _ kind: KindDefinition,
        namespace: String?
    ) throws(Refusal) -> JSONValue {
        var object = draft
        var generator = SystemRandomNumberGenerator()
        try ObjectMetadata.prepareForCreate(
            &object,
            namespace: namespace,
            hasGeneration: kind.strategy.hasGeneration,
            now: .now,
            using: &generator
        )
        return object
    }

    private func validate(_ plan: WritePlan, _ kind: KindDefinition, name: String) throws(Refusal) {
        let object = plan.new
        let errors =
            ObjectMetadata.validate(object, kind: kind) + kind.strategy.validate(object)
            + kind.strategy.validateCreate(object)
        guard errors.isEmpty else { throw .invalid(kind.resource, name: name, errors) }
    }

    /// Refuses what is to be made in a namespace that is not there, or goes.
    ///
    /// - Returns: What must still be so when the object is written, since the namespace may go meanwhile; nil for kinds
    ///   that have none, and for namespaces that never go.
    private func namespaceCondition(
        _ namespace: String?,
        for kind: KindDefinition,
        _ object: JSONValue
    ) async throws(Refusal) -> StoreTransaction.Condition? {
        guard kind.resource.namespaced,
            let namespaces = kinds.kind(group: "", version: "v1", plural: "namespaces")
        else { return nil }
        let namespace = namespace ?? ""
        let key = namespaces.key(namespace: nil, name: namespace)
        let cache = try cache(of: namespaces)
        var found = cache.object(key)
        if found == nil {
            _ = try await catchUp()
            found = cache.object(key)
        }
        guard let found else { throw .notFound(namespaces.resource, name: namespace) }
        guard found.isBeingDeleted else {
            if Self.immortalNamespaces.contains(namespace) { return nil }
            return StoreTransaction.Condition(key: key, modRevision: found.revision)
        }
        let name = object["metadata"]?["name"]?.string ?? ""
        throw .namespaceIsTerminating(kind.resource, name: name, namespace: namespace)
    }
}

extension CachedObject {
    /// Whether it has a `deletionTimestamp`.
    var isBeingDeleted: Bool { value?["metadata"]?["deletionTimestamp"] != nil }
}
