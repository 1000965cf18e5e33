import JSON

/// What a list says of itself (`metadata`).
public struct ListMeta: Sendable, Hashable {
    /// The version of the state that was listed; a watch goes on from there.
    public var resourceVersion: String
    /// What to ask the next page with; nil where this is the last one.
    public var continuation: String?
    /// How many objects are on the next pages; nil where the server does not say.
    public var remainingItemCount: Int?

    /// Metadata from its parts.
    public init(resourceVersion: String = "", continuation: String? = nil, remainingItemCount: Int? = nil) {
        self.resourceVersion = resourceVersion
        self.continuation = continuation
        self.remainingItemCount = remainingItemCount
    }
}

extension ListMeta {
    private enum Field: String, CaseIterable {
        case resourceVersion, remainingItemCount
        case continuation = "continue"
    }

    private static let fields = JSONFields<Field>()

    init(json reader: inout JSONReader) throws(JSONError) {
        self.init()
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.fields) {
            switch field {
            case .resourceVersion: resourceVersion = try reader.readString()
            case .remainingItemCount: remainingItemCount = try reader.readInteger()
            case .continuation:
                let text = try reader.readString()
                continuation = text.isEmpty ? nil : text
            }
        }
    }
}
