import APIRegistry
import JSON
import KubernetesAPI
import Storage

/// What a request makes of an object.
struct Proposal: Sendable {
    /// The object as it is to be, in the kind's own version, with the resourceVersion that it is based on.
    var value: JSONValue
    /// What the client should know.
    var warnings: [String] = []
}

extension ObjectRegistry {
    /// How often a change that is based on no version begins anew after it lost against another.
    private static let changeAttempts = 30

    /// Changes an object.
    ///
    /// - Parameters:
    ///   - part: The part that is changed; nil for the object.
    ///   - propose: Makes the new object of the present one, both in the kind's own version; called again where somebody
    ///     else was faster.
    func change(
        _ kind: KindDefinition,
        namespace: String?,
        name: String,
        part: Subresource?,
        _ options: WriteOptions = WriteOptions(),
        propose: (_ present: JSONValue) throws(Refusal) -> Proposal
    ) async throws(Refusal) -> Written {
        var current = try await get(kind, namespace: namespace, name: name)
        let encoder = encoder(of: kind)
        let head = try cache(of: kind).head
        for _ in 0..<Self.changeAttempts {
            let proposal = try propose(encoder.value(current))
            let based = try ObjectMetadata.resourceVersion(of: proposal.value)
            if let based, based != current.revision.rawValue { throw .modified(kind.resource, name: name) }
            var plan = try planned(proposal.value, of: current, kind, namespace: namespace, name: name, part)
            try admit(plan, by: options.identity, part)
            try allocate(&plan)
            let warnings = proposal.warnings + kind.strategy.warnings(plan.new, old: current.value)
            try validate(plan, name: name, part)
            if options.isDryRun { return Written(object: try draftObject(&plan, revision: nil), warnings: warnings) }
            // As upstream: what changes nothing is not written.
            let isSame = head.served(plan.stored(head), revision: current.revision) == current.bytes
            if isSame, plan.changes.isEmpty, !plan.isRemoval {
                return Written(object: current, warnings: warnings)
            }
            switch try await commit(&plan) {
            case .committed(let object): return Written(object: object, warnings: warnings)
            case .allocationConflict: _ = try await catchUp()
            case .conflict(let found):
                guard let found else { throw .notFound(kind.resource, name: name) }
                guard let newer = CachedObject(found, head: head) else {
                    throw .internalError("\(found.key) holds no object")
                }
                current = newer
            }
        }
        throw .contention(kind.resource, operation: "PATCH")
    }

    private func planned(
        _ value: JSONValue,
        of current: CachedObject,
        _ kind: KindDefinition,
        namespace: String?,
        name: String,
        _ part: Subresource?
    ) throws(Refusal) -> WritePlan {
        let old = Self.withoutVersion(current.value ?? .null)
        var object = kind.conversion?.toStored(value) ?? value
        kind.strategy.setDefaults(&object, old: old)
        try ObjectMetadata.prepareForUpdate(
            &object,
            old: old,
            resource: kind.resource,
            namespace: namespace,
            name: name
        )
        kind.strategy.prepareForUpdate(&object, old: old, subresource: part)
        if kind.strategy.changesGeneration(object, old: old) { ObjectMetadata.incrementGeneration(&object) }
        var plan = WritePlan(kind: kind, key: current.key, old: current, new: object)
        // The last finalizer of an object that is being deleted goes, and so does the object.
        plan.isRemoval = Deletion.isCompleted(by: object, old: old, style: kind.deletionStyle)
        return plan
    }

    private func validate(_ plan: WritePlan, name: String, _ part: Subresource?) throws(Refusal) {
        let kind = plan.kind
        let object = plan.new
        let old = Self.withoutVersion(plan.old?.value ?? .null)
        var errors = ObjectMetadata.validateUpdate(object, old: old)
        errors += kind.strategy.validateUpdate(object, old: old, subresource: part)
        if part != .finalize { errors += kind.strategy.validate(object) }
        guard errors.isEmpty else { throw .invalid(kind.resource, name: name, errors) }
    }

    /// The object as it is stored.
    static func withoutVersion(_ object: JSONValue) -> JSONValue {
        var object = object
        object[path: "metadata", "resourceVersion"] = nil
        return object
    }
}
