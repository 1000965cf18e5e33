public import KubernetesAPI

/// A kind with its paths, as OpenAPI shows it.
public struct OpenAPIResource: Sendable, Hashable {
    /// What can be done at a path.
    public enum Verb: String, Sendable, Hashable, CaseIterable {
        case get, list, watch, create, update, patch, delete
        /// Deletes all objects that a request selects.
        case deleteCollection = "deletecollection"
    }

    /// A part of an object with a path of its own.
    public struct Subresource: Sendable, Hashable {
        /// The last part of the path, such as `status`.
        public var name: String
        /// The message that is sent and answered, such as `io.k8s.api.autoscaling.v1.Scale`; nil where it leads to the
        /// node, which answers with text.
        public var message: String?
        /// What can be done: get, create, update and patch.
        public var verbs: Set<Verb>

        /// A part from its parts.
        public init(_ name: String, message: String?, verbs: Set<Verb>) {
            self.name = name
            self.message = message
            self.verbs = verbs
        }
    }

    /// Group, version, kind, plural, and whether it is namespaced.
    public var resource: ResourceType
    /// The message of its objects.
    public var message: String
    /// What can be done with objects.
    public var verbs: Set<Verb>
    /// Parts with paths of their own.
    public var subresources: [Subresource]

    /// A kind from its parts.
    public init(
        _ resource: ResourceType,
        message: String,
        verbs: Set<Verb> = Set(Verb.allCases),
        subresources: [Subresource] = []
    ) {
        self.resource = resource
        self.message = message
        self.verbs = verbs
        self.subresources = subresources
    }
}
