public import JSON
public import KubernetesAPI

/// What is left in a namespace that is to go, and what its status says of that.
///
/// Source: `k8s.io/kubernetes/pkg/controller/namespace/deletion`.
public struct NamespaceContent: Sendable, Hashable {
    /// How many objects of a kind are left, by the kind as messages name it, such as `deployments.apps`.
    public private(set) var remaining: [String: Int] = [:]
    /// How many of them wait for a finalizer, by its name.
    public private(set) var finalizers: [String: Int] = [:]
    /// What could not be deleted or listed, and why.
    public private(set) var failures: [String] = []

    /// Nothing left.
    public init() {}

    /// Whether the namespace can go.
    public var isEmpty: Bool { remaining.isEmpty && failures.isEmpty }

    /// Takes in what is left of a kind.
    public mutating func add(_ resource: ResourceType, _ objects: [PartialMetadata]) {
        guard !objects.isEmpty else { return }
        remaining[Self.name(of: resource), default: 0] += objects.count
        for object in objects {
            for finalizer in object.finalizers { finalizers[finalizer, default: 0] += 1 }
        }
    }

    /// Takes in that a kind could not be deleted or listed.
    public mutating func add(_ resource: ResourceType, failure: String) {
        failures.append("\(Self.name(of: resource)): \(failure)")
    }

    private static func name(of resource: ResourceType) -> String {
        resource.group.isEmpty ? resource.plural : "\(resource.plural).\(resource.group)"
    }

    /// The namespace with what its status is to say; nil where it says so.
    public func updated(_ namespace: JSONValue, now: Timestamp) -> JSONValue? {
        var conditions = namespace[path: "status", "conditions"]?.array ?? []
        for (type, isTrue, reason, message) in wantedConditions {
            let status: JSONValue = isTrue ? "True" : "False"
            let index = conditions.firstIndex { $0["type"]?.string == type }
            var condition = index.map { conditions[$0] } ?? ["type": .string(type)]
            if condition["status"] != status { condition["lastTransitionTime"] = .string(now.secondDescription) }
            condition["status"] = status
            condition["reason"] = .string(reason)
            condition["message"] = .string(message)
            if let index { conditions[index] = condition } else { conditions.append(condition) }
        }
        var updated = namespace
        updated[path: "status", "phase"] = "Terminating"
        updated[path: "status", "conditions"] = .array(conditions)
        guard updated != namespace else { return nil }
        return updated
    }

    private var wantedConditions: [(type: String, isTrue: Bool, reason: String, message: String)] {
        let left = remaining.sorted { $0.key < $1.key }.map { "\($0.key) has \($0.value) resource instances" }
        let waits = finalizers.sorted { $0.key < $1.key }.map { "\($0.key) in \($0.value) resource instances" }
        return [
            (
                "NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered",
                "All resources successfully discovered"
            ),
            (
                "NamespaceDeletionGroupVersionParsingFailure", false, "ParsedGroupVersions",
                "All legacy kube types successfully parsed"
            ),
            failures.isEmpty
                ? (
                    "NamespaceDeletionContentFailure", false, "ContentDeleted",
                    "All content successfully deleted, may be waiting on finalization"
                )
                : (
                    "NamespaceDeletionContentFailure", true, "ContentDeletionFailed",
                    "Failed to delete all resource types, \(failures.count) remaining: "
                        + failures.sorted().joined(separator: ", ")
                ),
            left.isEmpty
                ? ("NamespaceContentRemaining", false, "ContentRemoved", "All content successfully removed")
                : (
                    "NamespaceContentRemaining", true, "SomeResourcesRemain",
                    "Some resources are remaining: " + left.joined(separator: ", ")
                ),
            waits.isEmpty
                ? (
                    "NamespaceFinalizersRemaining", false, "ContentHasNoFinalizers",
                    "All content-preserving finalizers finished"
                )
                : (
                    "NamespaceFinalizersRemaining", true, "SomeFinalizersRemain",
                    "Some content in the namespace has finalizers remaining: " + waits.joined(separator: ", ")
                ),
        ]
    }

    /// The namespace without the finalizer that keeps it until it is empty; nil where it has none.
    public static func finalized(_ namespace: JSONValue) -> JSONValue? {
        let finalizers = (namespace[path: "spec", "finalizers"]?.array ?? []).compactMap(\.string)
        guard finalizers.contains("kubernetes") else { return nil }
        var namespace = namespace
        namespace[path: "spec", "finalizers"] = .strings(finalizers.filter { $0 != "kubernetes" })
        return namespace
    }
}
