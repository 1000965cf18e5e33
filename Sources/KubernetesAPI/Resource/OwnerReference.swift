public import JSON

/// An object that another one depends on: without its owners an object goes.
public struct OwnerReference: Sendable, Hashable {
    /// The owner's group and version.
    public var apiVersion: String
    /// The owner's kind.
    public var kind: String
    /// The owner's name; it is in the dependent's namespace, or in none.
    public var name: String
    /// The owner's uid: a later object of the same name is another one.
    public var uid: String
    /// Whether the owner is the one that answers for the object; at most one of an object's owners is.
    public var isController: Bool
    /// Whether the owner waits for the object to go, where it is deleted in the foreground.
    public var blocksDeletion: Bool

    /// A reference from its parts.
    public init(
        apiVersion: String,
        kind: String,
        name: String,
        uid: String,
        isController: Bool = false,
        blocksDeletion: Bool = false
    ) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.name = name
        self.uid = uid
        self.isController = isController
        self.blocksDeletion = blocksDeletion
    }

    /// A reference of an object; nil where one of its parts is missing.
    public init?(_ value: JSONValue) {
        guard let apiVersion = value["apiVersion"]?.string, let kind = value["kind"]?.string,
            let name = value["name"]?.string, let uid = value["uid"]?.string
        else { return nil }
        self.init(
            apiVersion: apiVersion,
            kind: kind,
            name: name,
            uid: uid,
            isController: value["controller"]?.bool ?? false,
            blocksDeletion: value["blockOwnerDeletion"]?.bool ?? false
        )
    }

    /// All owners of an object.
    public static func all(in object: JSONValue) -> [OwnerReference] {
        (object[path: "metadata", "ownerReferences"]?.array ?? []).compactMap { OwnerReference($0) }
    }

    /// As in an object.
    public var json: JSONValue {
        [
            "apiVersion": .string(apiVersion), "kind": .string(kind), "name": .string(name), "uid": .string(uid),
            "controller": .bool(isController), "blockOwnerDeletion": .bool(blocksDeletion),
        ]
    }
}
