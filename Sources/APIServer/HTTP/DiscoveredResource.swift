import APIRegistry
import JSON
import KubernetesAPI

/// A kind, as discovery tells of it.
struct DiscoveredResource: Sendable {
    /// The API group; empty for the core group.
    var group: String
    var version: String
    var kind: String
    var plural: String
    var singular: String
    var isNamespaced: Bool
    /// Sorted.
    var verbs: [String]
    var shortNames: [String] = []
    var categories: [String] = []
    var parts: [Part] = []

    /// A part of the kind's objects with a path of its own.
    struct Part: Sendable {
        var name: String
        /// The group of what is read and written there.
        var group: String
        var version: String
        var kind: String
        /// Sorted.
        var verbs: [String]
    }

    init(group: String, version: String, kind: String, plural: String, isNamespaced: Bool, verbs: [String]) {
        self.group = group
        self.version = version
        self.kind = kind
        self.plural = plural
        self.isNamespaced = isNamespaced
        self.verbs = verbs
        singular = kind.lowercased()
    }

    /// Puts pods on nodes, as their parts `binding` do.
    static let bindings = DiscoveredResource(
        group: "",
        version: "v1",
        kind: "Binding",
        plural: "bindings",
        isNamespaced: true,
        verbs: ["create"]
    )

    init(_ definition: KindDefinition) {
        let resource = definition.resource
        self.init(
            group: resource.group,
            version: resource.version,
            kind: resource.kind,
            plural: resource.plural,
            isNamespaced: resource.namespaced,
            verbs: definition.verbs
        )
        singular = definition.singular
        shortNames = definition.shortNames
        categories = definition.categories
        parts = definition.subresources.map { Part($0, of: resource) }.sorted { $0.name < $1.name }
    }

    /// As in `APIResourceList`: the kind and then its parts.
    var plain: [JSONValue] {
        var own: JSONValue = [
            "name": .string(plural), "singularName": .string(singular), "namespaced": .bool(isNamespaced),
            "kind": .string(kind), "verbs": .strings(verbs),
        ]
        if !shortNames.isEmpty { own["shortNames"] = .strings(shortNames) }
        if !categories.isEmpty { own["categories"] = .strings(categories) }
        return [own]
            + parts.map { part in
                var value: JSONValue = [
                    "name": .string("\(plural)/\(part.name)"), "singularName": "", "namespaced": .bool(isNamespaced),
                ]
                if (part.group, part.version) != (group, version) {
                    value["group"] = .string(part.group)
                    value["version"] = .string(part.version)
                }
                value["kind"] = .string(part.kind)
                value["verbs"] = .strings(part.verbs)
                return value
            }
    }

    /// As in `APIGroupDiscoveryList`.
    var aggregated: JSONValue {
        var own: JSONValue = [
            "resource": .string(plural),
            "responseKind": responseKind(group: group, version: version, kind: kind),
            "scope": isNamespaced ? "Namespaced" : "Cluster",
            "singularResource": .string(singular),
            "verbs": .strings(verbs),
        ]
        if !shortNames.isEmpty { own["shortNames"] = .strings(shortNames) }
        if !categories.isEmpty { own["categories"] = .strings(categories) }
        if !parts.isEmpty {
            own["subresources"] = .array(
                parts.map { part in
                    [
                        "subresource": .string(part.name),
                        "responseKind": responseKind(group: part.group, version: part.version, kind: part.kind),
                        "verbs": .strings(part.verbs),
                    ]
                }
            )
        }
        return own
    }

    /// As upstream: the version that it stands in is not repeated.
    private func responseKind(group: String, version: String, kind: String) -> JSONValue {
        let isOwn = (group, version) == (self.group, self.version)
        return [
            "group": .string(isOwn ? "" : group), "version": .string(isOwn ? "" : version), "kind": .string(kind),
        ]
    }
}

extension DiscoveredResource.Part {
    fileprivate init(_ part: Subresource, of resource: ResourceType) {
        let (group, version, kind) = part.kind(of: resource)
        self.init(name: part.rawValue, group: group, version: version, kind: kind, verbs: part.verbs)
    }
}
