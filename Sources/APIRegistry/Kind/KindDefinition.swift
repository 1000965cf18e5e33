public import JSON
public import KubernetesAPI

/// A kind of object that the API server keeps: one row of the registry.
public struct KindDefinition: Sendable {
    /// Group, version, kind, plural, and whether it is namespaced.
    public var resource: ResourceType
    /// The name for one object in commands, such as `service`.
    public var singular: String
    /// Short names in commands, such as `svc`.
    public var shortNames: [String]
    /// Groups of kinds in commands, such as `all`.
    public var categories: [String]
    /// Under which the store keeps the objects, such as `/registry/services/specs/`; ends with a slash.
    public var storagePrefix: String
    /// The name of its message in the schema, such as `io.k8s.api.core.v1.Service`.
    public var schema: String
    /// Parts with a path of their own.
    public var subresources: Set<Subresource>
    /// What is particular to it when objects are written.
    public var strategy: any ObjectStrategy
    /// What `kubectl get` shows.
    public var columns: [TableColumn]
    /// Fields that field selectors can name besides `metadata.name` and `metadata.namespace`, and how to find them.
    public var selectableFields: [String: @Sendable (JSONValue) -> String]
    /// After how long an object that was not written goes away by itself; nil for never. Events: 1 h.
    public var timeToLive: Duration?
    /// Whether objects can be created under a name made by the server (`generateName` is allowed for all kinds); what
    /// names must look like.
    public var nameRule: NameRule
    /// Whether `deletecollection` is one of its verbs: for all kinds but namespaces.
    public var isDeletableAsCollection: Bool
    /// What every answer about the kind warns of; nil for kinds that are not deprecated.
    public var deprecation: String?
    /// How its objects are stored, where that is under another version of the API; nil where they are stored as they
    /// are.
    ///
    /// Strategy, columns and selectable fields are then for the stored form: the server converts what it has decoded
    /// before anything else, and converts back what it answers.
    public var conversion: KindConversion?

    /// What the names of a kind's objects must look like.
    public enum NameRule: Sendable, Hashable {
        /// RFC 1123 subdomain: most kinds.
        case subdomain
        /// RFC 1123 label: namespaces.
        case label
        /// RFC 1035 label: Services.
        case rfc1035Label
        /// What a path segment can be: roles and bindings.
        case pathSegment
        /// An IP address in its canonical form: IPAddress.
        case ipAddress
    }

    /// A row from its parts.
    public init(
        _ resource: ResourceType,
        singular: String? = nil,
        shortNames: [String] = [],
        categories: [String] = [],
        storagePrefix: String? = nil,
        schema: String,
        subresources: Set<Subresource> = [],
        nameRule: NameRule = .subdomain,
        timeToLive: Duration? = nil,
        strategy: any ObjectStrategy = PlainStrategy(),
        columns: [TableColumn] = [],
        selectableFields: [String: @Sendable (JSONValue) -> String] = [:],
        isDeletableAsCollection: Bool = true,
        deprecation: String? = nil,
        conversion: KindConversion? = nil
    ) {
        self.resource = resource
        self.singular = singular ?? resource.kind.lowercased()
        self.shortNames = shortNames
        self.categories = categories
        self.storagePrefix = storagePrefix ?? "/registry/\(resource.plural)/"
        self.schema = schema
        self.subresources = subresources
        self.nameRule = nameRule
        self.timeToLive = timeToLive
        self.strategy = strategy
        self.columns = columns
        self.selectableFields = selectableFields
        self.isDeletableAsCollection = isDeletableAsCollection
        self.deprecation = deprecation
        self.conversion = conversion
    }

    /// What discovery says can be done with the kind, sorted.
    public var verbs: [String] {
        let verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
        return isDeletableAsCollection ? verbs : verbs.filter { $0 != "deletecollection" }
    }

    /// The key of an object in the store.
    ///
    /// - Parameter namespace: Nil, or anything, for kinds that have none.
    public func key(namespace: String?, name: String) -> String {
        guard resource.namespaced, let namespace else { return storagePrefix + name }
        return "\(storagePrefix)\(namespace)/\(name)"
    }
}
