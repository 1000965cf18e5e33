import JSON

/// What a watch says about how far it has come.
public struct Bookmark: Sendable, Hashable {
    /// The version up to which all changes were told; a watch can go on from there.
    public var resourceVersion: String
    /// Whether all objects that were there when the watch began have been told now (`sendInitialEvents`).
    public var endsInitialEvents: Bool

    /// A bookmark from its parts.
    public init(resourceVersion: String = "", endsInitialEvents: Bool = false) {
        self.resourceVersion = resourceVersion
        self.endsInitialEvents = endsInitialEvents
    }
}

extension Bookmark {
    private enum Field: String, CaseIterable {
        case metadata
    }

    private static let fields = JSONFields<Field>()

    init(json reader: inout JSONReader) throws(JSONError) {
        self.init()
        try reader.beginObject()
        while try reader.nextField(of: Self.fields) != nil {
            let metadata = try ObjectMeta(json: &reader)
            resourceVersion = metadata.resourceVersion
            endsInitialEvents = metadata.annotations[ObjectMeta.Annotation.initialEventsEnd.rawValue] == "true"
        }
    }
}
