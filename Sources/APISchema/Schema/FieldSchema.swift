public import JSON

/// One field of an API object: the row that OpenAPI, protobuf, strategic merge, defaults and warnings are made from.
public struct FieldSchema: Sendable, Hashable {
    /// The name in JSON.
    public var name: String
    /// The number in protobuf, from 1; 0 where protobuf has no such field.
    public var number: Int
    /// In protobuf, the number of the message within this one that holds the field; 0 where this one does itself.
    ///
    /// JSON does not show such messages (Go embeds them): a volume's `hostPath` stands beside its `name`, but in
    /// protobuf within field 2, `volumeSource`.
    public var group: Int
    /// What it holds.
    public var type: FieldType
    /// Whether OpenAPI says that it must be there.
    public var isRequired: Bool
    /// Whether a field that is not there differs from one that is zero or empty (a pointer in Go).
    ///
    /// Where it does not, protobuf has the field always, and JSON as ``isAlwaysShown`` says.
    public var isNullable: Bool
    /// Whether JSON shows it even where it is zero or empty (no `omitempty` in Go).
    public var isAlwaysShown: Bool
    /// For people: `kubectl explain`.
    public var summary: String
    /// How a strategic merge patch changes a list or an object; nil for its type's own way.
    public var patchStrategy: PatchStrategy?
    /// By which field of its elements a strategic merge patch tells elements of a list apart.
    public var mergeKey: String?
    /// What stands in the field where nobody set it, if that depends on nothing else.
    public var defaultValue: JSONValue?

    /// How a strategic merge patch changes a value. Source: `patchStrategy` tags of `k8s.io/api`.
    public enum PatchStrategy: String, Sendable, Hashable {
        /// Elements are merged by ``FieldSchema/mergeKey``, or added where they are plain values.
        case merge
        /// Only the members that the patch names stay.
        case retainKeys
        /// Both.
        case mergeRetainKeys = "merge,retainKeys"
        /// The patch's value takes the place of the present one.
        case replace
    }

    /// A row of a table.
    public init(
        _ name: String,
        _ number: Int,
        _ type: FieldType,
        group: Int = 0,
        required: Bool = false,
        nullable: Bool = false,
        alwaysShown: Bool? = nil,
        patch: PatchStrategy? = nil,
        key: String? = nil,
        default defaultValue: JSONValue? = nil,
        _ summary: String = ""
    ) {
        self.name = name
        self.number = number
        self.group = group
        self.type = type
        isRequired = required
        isNullable = nullable
        isAlwaysShown = alwaysShown ?? required
        patchStrategy = patch
        mergeKey = key
        self.defaultValue = defaultValue
        self.summary = summary
    }
}
