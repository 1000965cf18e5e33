public import JSON

/// What an object of any kind says of itself, and nothing else of it (`meta.k8s.io/v1` `PartialObjectMetadata`).
public struct PartialMetadata: KubernetesObject, Hashable {
    /// What the object says of itself.
    public var metadata: ObjectMeta
    /// Who it belongs to.
    public var owners: [OwnerReference]
    /// What must be done before it goes.
    public var finalizers: [String]

    /// Metadata from its parts.
    public init(metadata: ObjectMeta, owners: [OwnerReference] = [], finalizers: [String] = []) {
        self.metadata = metadata
        self.owners = owners
        self.finalizers = finalizers
    }

    /// Stands for any kind: who asks a server names the kind that is meant.
    public static let resource = ResourceType(
        group: "meta.k8s.io",
        version: "v1",
        kind: "PartialObjectMetadata",
        plural: "objects",
        namespaced: true
    )

    /// Lists as metadata.
    public static let listMediaType = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
    /// Single objects, and those of watches, as metadata.
    public static let mediaType = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"

    private enum Field: String, CaseIterable {
        case metadata
    }

    private enum OwnedField: String, CaseIterable {
        case ownerReferences, finalizers
    }

    private static let fields = JSONFields<Field>()
    private static let ownedFields = JSONFields<OwnedField>()

    /// Reads an object, or its metadata.
    public init(json reader: inout JSONReader) throws(JSONError) {
        self.init(metadata: ObjectMeta())
        try reader.beginObject()
        while try reader.nextField(of: Self.fields) != nil {
            let start = reader.position
            metadata = try ObjectMeta(json: &reader)
            // Labels are of no use to anyone here, and there are many.
            metadata.labels = [:]
            metadata.annotations = [:]
            reader.rewind(to: start)
            try reader.beginObject()
            while let field = try reader.nextField(of: Self.ownedFields) {
                let value = try reader.readValue().array ?? []
                switch field {
                case .ownerReferences: owners = value.compactMap { OwnerReference($0) }
                case .finalizers: finalizers = value.compactMap(\.string)
                }
            }
        }
    }

    /// Nothing is looked at.
    public func validationErrors() -> [ObjectError] { [] }
}
