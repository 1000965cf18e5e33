public import JSON
public import KubernetesAPI

/// What a delete does to an object.
///
/// Source: `k8s.io/apiserver/pkg/registry/rest/delete.go` and `…/generic/registry/store.go`.
public enum Deletion: Sendable, Hashable {
    /// The object goes now. The answer is a `Status` of success with this object's name and uid, or this object.
    case remove(JSONValue)
    /// The object is written so: it has a deletionTimestamp now, and goes when its time or its finalizers are over.
    case update(JSONValue)
    /// The object is being deleted already, and nothing changes.
    case pending

    /// How objects of a kind go.
    public enum Style: Sendable, Hashable {
        /// At once, when no finalizer is left: most kinds.
        case immediate
        /// When their node has stopped them: pods. Those on no node, or that have ended, go at once.
        case graceful
        /// When `spec.finalizers` are gone, too: namespaces.
        case namespace
    }

    /// Decides what a delete does.
    ///
    /// - Parameters:
    ///   - object: As it is stored.
    ///   - resourceVersion: That of the stored object.
    /// - Throws: 409 where the object is not the one that the options suppose.
    public init(
        of object: JSONValue,
        resource: ResourceType,
        style: Style,
        resourceVersion: Int64,
        options: DeleteOptions,
        now: Timestamp
    ) throws(Refusal) {
        let metadata = object["metadata"] ?? [:]
        try Self.check(options, metadata, resource, resourceVersion)
        let now = Timestamp(seconds: now.seconds)
        var changed = object
        var isGraceful = false
        var period = 0
        if style == .graceful {
            switch Self.grace(of: object, options, now) {
            case .pending:
                self = .pending
                return
            case .none: break
            case .until(let time, let seconds):
                isGraceful = true
                period = seconds
                Self.mark(&changed, time, seconds)
            }
        }
        let finalizers = Self.finalizers(metadata, options)
        if finalizers != ObjectMetadata.strings(metadata["finalizers"]) {
            changed[path: "metadata", "finalizers"] = finalizers.isEmpty ? nil : .strings(finalizers)
        }
        let isHeld =
            !finalizers.isEmpty
            || (style == .namespace && !ObjectMetadata.strings(object["spec"]?["finalizers"]).isEmpty)
        if isHeld, !isGraceful { Self.hold(&changed, style, now) }
        if let members = changed["metadata"]?.object {
            changed["metadata"] = .object(ObjectMetadata.canonical(members))
        }
        if isHeld || period > 0 {
            self = changed == object ? .pending : .update(changed)
        } else {
            self = .remove(changed)
        }
    }

    /// Whether an update ends the deletion of an object: its last finalizer is gone, and its time is over.
    public static func isCompleted(by object: JSONValue, old: JSONValue, style: Style) -> Bool {
        guard ObjectMetadata.strings(object["metadata"]?["finalizers"]).isEmpty else { return false }
        if style == .namespace, !ObjectMetadata.strings(object["spec"]?["finalizers"]).isEmpty { return false }
        guard old["metadata"]?["deletionTimestamp"] != nil else { return false }
        return (old["metadata"]?["deletionGracePeriodSeconds"]?.integer ?? 0) == 0
    }

    // MARK: Parts

    private static func check(
        _ options: DeleteOptions,
        _ metadata: JSONValue,
        _ resource: ResourceType,
        _ resourceVersion: Int64
    ) throws(Refusal) {
        let name = ObjectMetadata.text(metadata["name"])
        let uid = ObjectMetadata.text(metadata["uid"])
        if let asked = options.uid, asked != uid {
            throw .conflict(
                resource.qualifiedKind,
                name: name,
                "the UID in the precondition (\(asked)) does not match the UID in record (\(uid)). The object might "
                    + "have been deleted and then recreated"
            )
        }
        if let asked = options.resourceVersion, asked != "\(resourceVersion)" {
            throw .conflict(
                resource.qualifiedKind,
                name: name,
                "the ResourceVersion in the precondition (\(asked)) does not match the ResourceVersion in record "
                    + "(\(resourceVersion)). The object might have been modified"
            )
        }
    }

    private enum Grace {
        case none
        case pending
        case until(Timestamp, seconds: Int)
    }

    /// How long an object that ends gracefully may take.
    private static func grace(of object: JSONValue, _ options: DeleteOptions, _ now: Timestamp) -> Grace {
        let metadata = object["metadata"] ?? [:]
        // Less than none is a second; more than a lifetime is a lifetime.
        let bounded = { (seconds: Int) in seconds < 0 ? 1 : min(seconds, Int(Int32.max)) }
        let asked = options.gracePeriodSeconds.map(bounded)
        if let time = metadata["deletionTimestamp"]?.string.flatMap({ Timestamp($0) }) {
            let present = bounded(metadata["deletionGracePeriodSeconds"]?.integer ?? 0)
            if present == 0 { return .none }
            guard let asked, asked < present else { return .pending }
            let end = time.advanced(by: .seconds(-Int64(present))).advanced(by: .seconds(Int64(asked)))
            return .until(end, seconds: asked)
        }
        let own = object["spec"]?["terminationGracePeriodSeconds"]?.integer ?? 0
        var period = asked ?? bounded(own)
        if ObjectMetadata.text(object["spec"]?["nodeName"]).isEmpty { period = 0 }
        let phase = ObjectMetadata.text(object["status"]?["phase"])
        if phase == "Succeeded" || phase == "Failed" { period = 0 }
        return .until(now.advanced(by: .seconds(Int64(period))), seconds: period)
    }

    /// Gives the object the time of its end.
    private static func mark(_ object: inout JSONValue, _ time: Timestamp, _ seconds: Int) {
        let isFirst = object["metadata"]?["deletionTimestamp"] == nil
        object[path: "metadata", "deletionTimestamp"] = .string("\(time)")
        object[path: "metadata", "deletionGracePeriodSeconds"] = .integer(seconds)
        if isFirst, (object["metadata"]?["generation"]?.integer ?? 0) > 0 {
            ObjectMetadata.incrementGeneration(&object)
        }
    }

    /// Lets the object stay until its finalizers are gone.
    private static func hold(_ object: inout JSONValue, _ style: Style, _ now: Timestamp) {
        let time = object["metadata"]?["deletionTimestamp"]?.string.flatMap { Timestamp($0) }
        mark(&object, min(time ?? now, now), 0)
        if style == .namespace {
            object[path: "metadata", "deletionGracePeriodSeconds"] = nil
            object[path: "status", "phase"] = "Terminating"
        }
    }

    /// The finalizers with those of the garbage collector that the options, or else the object, ask for.
    private static func finalizers(_ metadata: JSONValue, _ options: DeleteOptions) -> [String] {
        let present = ObjectMetadata.strings(metadata["finalizers"])
        let collected = [ObjectMetadata.orphanFinalizer, ObjectMetadata.foregroundFinalizer]
        var wanted: String?
        switch (options.orphanDependents, options.propagation) {
        case (true?, _), (nil, .orphan?): wanted = ObjectMetadata.orphanFinalizer
        case (nil, .foreground?): wanted = ObjectMetadata.foregroundFinalizer
        case (false?, _), (nil, .background?): wanted = nil
        case (nil, nil): wanted = present.first { collected.contains($0) }
        }
        let kept = present.filter { !collected.contains($0) }
        let result = wanted.map { kept + [$0] } ?? kept
        return Set(result) == Set(present) ? present : result
    }
}
