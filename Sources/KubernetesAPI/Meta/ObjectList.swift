public import JSON

/// The objects of one kind, or a page of them, as a server listed them.
public struct ObjectList<Object: KubernetesObject>: Sendable {
    /// What the list says of itself.
    public var metadata: ListMeta
    /// The objects that could be read, in the server's order.
    public var items: [Object]
    /// What was wrong with those that could not be read.
    public var unreadable: [ObjectError]

    /// A list from its parts.
    public init(metadata: ListMeta = ListMeta(), items: [Object] = [], unreadable: [ObjectError] = []) {
        self.metadata = metadata
        self.items = items
        self.unreadable = unreadable
    }

    /// The version of the state that was listed; a watch goes on from there.
    public var resourceVersion: String {
        get { metadata.resourceVersion }
        set { metadata.resourceVersion = newValue }
    }

    /// What to ask the next page with; nil where this is the last one.
    public var continuation: String? {
        get { metadata.continuation }
        set { metadata.continuation = newValue }
    }

    /// Reads a list; nothing may follow it.
    ///
    /// - Throws: Where it is no JSON, or no list of this kind. An object that cannot be read does not make it fail.
    public init(from reader: inout JSONReader) throws(ObjectError) {
        var items: [Object] = []
        var unreadable: [ObjectError] = []
        let metadata = try Self.read(from: &reader) { result in
            switch result {
            case .success(let object): items.append(object)
            case .failure(let error): unreadable.append(error)
            }
        }
        self.init(metadata: metadata, items: items, unreadable: unreadable)
    }
}

private enum ListField: String, CaseIterable {
    case kind, metadata, items

    static let fields = JSONFields<ListField>()
}

extension ObjectList {
    /// Reads a list object by object, so that there need never be all of them at once; nothing may follow it.
    ///
    /// - Parameter each: Is given each object, or what is wrong with it, in the server's order.
    /// - Throws: Where it is no JSON, or no list of this kind; `each` may have been called before.
    public static func read(
        from reader: inout JSONReader,
        each: (Result<Object, ObjectError>) -> Void
    ) throws(ObjectError) -> ListMeta {
        let listKind = "\(Object.resource.kind)List"
        let start = reader.offset
        do {
            var metadata = ListMeta()
            try reader.beginObject()
            while let field = try reader.nextField(of: ListField.fields) {
                switch field {
                case .kind: try reader.readKind(listKind, "List")
                case .metadata: metadata = try ListMeta(json: &reader)
                case .items:
                    try reader.beginArray()
                    while try reader.nextElement() { each(try item(&reader)) }
                }
            }
            try reader.finish()
            return metadata
        } catch {
            let field = reader.path(of: error.offset, from: start)
            throw ObjectError(kind: listKind, field: field, reason: error.reason, offset: error.offset)
        }
    }

    /// Reads an object; one that is JSON but not such an object is skipped.
    private static func item(_ reader: inout JSONReader) throws(JSONError) -> Result<Object, ObjectError> {
        let start = reader.position
        do {
            return .success(try Object(json: &reader))
        } catch {
            let objectError = ObjectError(error, kind: Object.resource.kind, in: reader, from: start.offset)
            reader.rewind(to: start)
            try reader.skipValue()
            return .failure(objectError)
        }
    }
}
