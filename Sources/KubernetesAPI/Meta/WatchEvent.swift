public import JSON

/// One line of a watch: what happened to an object.
public enum WatchEvent<Object: KubernetesObject>: Sendable {
    /// It is new, or newly selected.
    case added(Object)
    /// It changed.
    case modified(Object)
    /// It is gone, or no longer selected.
    case deleted(DeletedObject)
    /// Nothing happened up to there.
    case bookmark(Bookmark)
    /// The watch is over; code 410 means that the objects must be listed anew.
    case error(Status)
}

private enum WatchField: String, CaseIterable {
    case type, object

    static let fields = JSONFields<WatchField>()
}

extension WatchEvent {
    /// Reads an event; nothing may follow it.
    public init(from reader: inout JSONReader) throws(ObjectError) {
        var objectStart: Int?
        do {
            self = try Self.read(&reader, objectStart: &objectStart)
        } catch {
            if let objectStart, error.offset >= objectStart {
                throw ObjectError(error, kind: Object.resource.kind, in: reader, from: objectStart)
            }
            throw ObjectError(kind: "WatchEvent", reason: error.reason, offset: error.offset)
        }
    }

    private static func read(_ reader: inout JSONReader, objectStart: inout Int?) throws(JSONError) -> Self {
        let start = reader.offset
        var type: String?
        var event: Self?
        var objectPosition: JSONReader.Position?
        try reader.beginObject()
        while let field = try reader.nextField(of: WatchField.fields) {
            switch field {
            case .type: type = try reader.readString()
            case .object:
                objectStart = reader.offset
                if let type {
                    event = try Self(type: type, object: &reader)
                } else {
                    objectPosition = reader.position
                    try reader.skipValue()
                }
            }
        }
        try reader.finish()
        if event == nil, let type, let objectPosition {
            reader.rewind(to: objectPosition)
            event = try Self(type: type, object: &reader)
        }
        guard let event else {
            throw JSONError(offset: start, reason: "a watch event must have the fields type and object")
        }
        return event
    }

    private init(type: String, object reader: inout JSONReader) throws(JSONError) {
        switch type {
        case "ADDED": self = .added(try Object(json: &reader))
        case "MODIFIED": self = .modified(try Object(json: &reader))
        case "DELETED": self = .deleted(try DeletedObject(json: &reader))
        case "BOOKMARK": self = .bookmark(try Bookmark(json: &reader))
        case "ERROR": self = .error(try Status(json: &reader))
        default:
            throw JSONError(
                offset: reader.offset,
                reason: "Unsupported value: \"\(type)\": the type of a watch event must be one of ADDED, MODIFIED, "
                    + "DELETED, BOOKMARK, ERROR"
            )
        }
    }
}
