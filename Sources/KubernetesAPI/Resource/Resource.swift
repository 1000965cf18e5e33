public import JSON

/// A kind that has a name and nothing else here.
public protocol ResourceKind: Sendable {
    /// The kind, as the API server serves it.
    static var resource: ResourceType { get }
}

/// An object of a kind that no type of its own stands for: its metadata, and all of it as JSON.
///
/// For kinds of which there are few: a tree takes several times the memory of its text.
public struct Resource<Kind: ResourceKind>: KubernetesObject, Hashable {
    /// What the object says of itself; ``value`` has the rest of it, such as owners and all annotations.
    public var metadata: ObjectMeta
    /// The whole object.
    public var value: JSONValue

    /// The kind.
    public static var resource: ResourceType { Kind.resource }

    /// Reads an object.
    public init(json reader: inout JSONReader) throws(JSONError) {
        metadata = ObjectMeta()
        let start = reader.position
        try reader.beginObject()
        while let name = try reader.nextKey() {
            if name == "metadata" {
                metadata = try ObjectMeta(json: &reader)
            } else {
                try reader.skipValue()
            }
        }
        reader.rewind(to: start)
        value = try reader.readValue()
        if value["kind"] == nil {
            // Elements of lists do not say what they are.
            value["apiVersion"] = .string(Kind.resource.apiVersion)
            value["kind"] = .string(Kind.resource.kind)
        }
    }

    /// Nothing is looked at: who reads the tree expects anything.
    public func validationErrors() -> [ObjectError] { [] }
}

extension Resource {
    /// Who made the object and answers for it; nil where nobody does.
    public var controller: OwnerReference? {
        OwnerReference.all(in: value).first { $0.isController }
    }
}
