public import JSON

/// On which nodes a pod can be, as its `nodeSelector` and `affinity.nodeAffinity` say.
public struct NodeAffinity: Sendable {
    /// One way to be suitable: all of it must be so.
    public struct Term: Sendable {
        private let labels: [SelectorRequirement]
        private let fields: [SelectorRequirement]

        /// A term of a node selector.
        public init(_ value: JSONValue?) {
            labels = (value?["matchExpressions"]?.array ?? []).map { SelectorRequirement($0) }
            fields = (value?["matchFields"]?.array ?? []).map { SelectorRequirement($0) }
        }

        /// The only node that it can be; nil where there is no such.
        public var onlyNode: String? {
            let names = fields.first { $0.key == "metadata.name" && $0.comparison == "In" }?.values ?? []
            return names.count == 1 ? names.first : nil
        }

        /// A term without requirements matches nothing.
        public func matches(node name: String, labels: [String: String]) -> Bool {
            guard !self.labels.isEmpty || !fields.isEmpty else { return false }
            return self.labels.allSatisfy { $0.matches(labels[$0.key]) }
                && fields.allSatisfy { $0.key == "metadata.name" && $0.matches(name) }
        }
    }

    private let selector: [(key: String, value: String)]
    /// One of these must match; nil where it says nothing.
    private let required: [Term]?
    /// What is better, by how much.
    public let preferred: [(weight: Int, term: Term)]

    /// What a pod asks for.
    ///
    /// - Parameter spec: Of the pod.
    public init(_ spec: JSONValue?) {
        selector = (spec?["nodeSelector"]?.object?.members ?? []).map { ($0.name, $0.value.string ?? "") }
        let affinity = spec?[path: "affinity", "nodeAffinity"]
        let terms = affinity?[path: "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"]
        required = terms?.array.map { terms in terms.map { Term($0) } }
        preferred = (affinity?["preferredDuringSchedulingIgnoredDuringExecution"]?.array ?? []).map {
            (min(max($0["weight"]?.integer ?? 0, 0), 100), Term($0["preference"]))
        }
    }

    /// The only node that is suitable by its name; nil where there is no such.
    public var onlyNode: String? { required?.count == 1 ? required?.first?.onlyNode : nil }

    /// Whether a node is one that the pod can be on.
    public func matches(node name: String, labels: [String: String]) -> Bool {
        selector.allSatisfy { labels[$0.key] == $0.value }
            && (required.map { terms in terms.contains { $0.matches(node: name, labels: labels) } } ?? true)
    }
}
