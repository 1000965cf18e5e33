import JSON

/// What a watch says of an object that is gone: who it was, and the version at which it went.
///
/// The rest of its last state is not read: an object that cannot be used must still be able to go.
public struct DeletedObject: Sendable, Hashable {
    /// Its name.
    public var name: String
    /// Its namespace; nil for kinds that have none.
    public var namespace: String?
    /// The version up to which all changes were told; a watch can go on from there.
    public var resourceVersion: String

    /// An object from its parts.
    public init(name: String, namespace: String? = nil, resourceVersion: String = "") {
        self.name = name
        self.namespace = namespace
        self.resourceVersion = resourceVersion
    }
}

extension DeletedObject {
    private enum Field: String, CaseIterable {
        case metadata
    }

    private enum MetadataField: String, CaseIterable {
        case name, namespace, resourceVersion
    }

    private static let fields = JSONFields<Field>()
    private static let metadataFields = JSONFields<MetadataField>()

    init(json reader: inout JSONReader) throws(JSONError) {
        self.init(name: "")
        try reader.beginObject()
        while try reader.nextField(of: Self.fields) != nil {
            try reader.beginObject()
            while let field = try reader.nextField(of: Self.metadataFields) {
                let text = try reader.readString()
                switch field {
                case .name: name = text
                case .namespace: namespace = text.isEmpty ? nil : text
                case .resourceVersion: resourceVersion = text
                }
            }
        }
    }
}
