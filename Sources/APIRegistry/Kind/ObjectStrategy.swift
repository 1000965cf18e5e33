public import JSON

/// What is particular to a kind when its objects are written: pure functions of the object.
///
/// The order in a create: decode (schema) → ``setDefaults(_:old:)`` → ``prepareForCreate(_:)`` → metadata (name, uid,
/// creationTimestamp, generation 1 where ``hasGeneration``) → allocation → ``validate(_:)`` and
/// ``validateCreate(_:)``. In an update: decode →
/// defaults → ``prepareForUpdate(_:old:subresource:)`` → generation → allocation →
/// ``validateUpdate(_:old:subresource:)`` and ``validate(_:)``, whose errors upstream lists in this order. Metadata that all kinds share is checked by the caller.
public protocol ObjectStrategy: Sendable {
    /// Fills in what nobody set.
    ///
    /// - Parameter old: The object before an update; nil in a create.
    func setDefaults(_ object: inout JSONValue, old: JSONValue?)

    /// Takes out what a client may not set in a create, such as `status`.
    func prepareForCreate(_ object: inout JSONValue)

    /// Puts back what a client may not change: `status` in an update of the object, all but it in one of `status`.
    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, subresource: Subresource?)

    /// What is wrong with the object by itself, in the order of its fields.
    func validate(_ object: JSONValue) -> [FieldError]

    /// What is wrong with a new object, besides what would be wrong with an older one.
    func validateCreate(_ object: JSONValue) -> [FieldError]

    /// What is wrong with the change.
    func validateUpdate(_ object: JSONValue, old: JSONValue, subresource: Subresource?) -> [FieldError]

    /// Whether objects have a `metadata.generation`, which begins at 1; by default they have none.
    var hasGeneration: Bool { get }

    /// Whether the change makes a new `metadata.generation`: by default, where the kind has generations, and anything
    /// besides metadata and status changed.
    func changesGeneration(_ object: JSONValue, old: JSONValue) -> Bool

    /// Whether a PUT of an object that is not there creates it: upstream's `AllowCreateOnUpdate`; by default not.
    var isCreatedByUpdate: Bool { get }

    /// Whether a PUT must say which version it takes the place of: the contrary of upstream's
    /// `AllowUnconditionalUpdate`; by default not.
    var isUpdatedByVersionOnly: Bool { get }

    /// What a client should know, though the object is accepted: `Warning` headers.
    func warnings(_ object: JSONValue, old: JSONValue?) -> [String]
}

/// A part of an object with a path of its own, such as `…/pods/web/status`.
public enum Subresource: String, Sendable, Hashable, CaseIterable {
    /// What controllers report.
    case status
    /// The number of replicas, as `autoscaling/v1` `Scale`.
    case scale
    /// Puts a pod on a node.
    case binding
    /// Asks for a ServiceAccount's token.
    case token
    /// Asks a pod to leave.
    case eviction
    /// Ends a namespace: its finalizers.
    case finalize
    /// Reads what a pod printed.
    case log
    /// Runs a command in a pod.
    case exec
    /// Joins what runs in a pod.
    case attach
    /// Reaches ports of a pod.
    case portforward
    /// Asks the node itself.
    case proxy
}

extension ObjectStrategy {
    /// Not, as for most kinds.
    public var isCreatedByUpdate: Bool { false }

    /// Not, as for most kinds.
    public var isUpdatedByVersionOnly: Bool { false }

    /// Nothing to fill in.
    public func setDefaults(_ object: inout JSONValue, old: JSONValue?) {}

    /// Takes `status` out.
    public func prepareForCreate(_ object: inout JSONValue) {
        object["status"] = nil
    }

    /// Keeps the present `status` in an update of the object, and all but it in one of `status`.
    public func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, subresource: Subresource?) {
        if subresource == .status {
            var kept = old
            kept["status"] = object["status"]
            kept["metadata"] = object["metadata"]
            object = kept
        } else {
            object["status"] = old["status"]
        }
    }

    /// Nothing is wrong.
    public func validate(_ object: JSONValue) -> [FieldError] { [] }

    /// Nothing is wrong.
    public func validateCreate(_ object: JSONValue) -> [FieldError] { [] }

    /// Nothing is wrong.
    public func validateUpdate(_ object: JSONValue, old: JSONValue, subresource: Subresource?) -> [FieldError] { [] }

    /// No.
    public var hasGeneration: Bool { false }

    /// Whether anything besides `metadata` and `status` changed, for kinds that have generations.
    public func changesGeneration(_ object: JSONValue, old: JSONValue) -> Bool {
        guard hasGeneration else { return false }
        var (new, old) = (object, old)
        for name in ["metadata", "status"] {
            new[name] = nil
            old[name] = nil
        }
        return new != old
    }

    /// None.
    public func warnings(_ object: JSONValue, old: JSONValue?) -> [String] { [] }
}

/// The strategy of kinds of which nothing is particular.
public struct PlainStrategy: ObjectStrategy {
    /// The only one.
    public init() {}
}
