import JSON
import Storage

/// `WatchResponse`, as a line of the gateway's answer.
struct EtcdWatchMessage {
    private enum LineField: String, CaseIterable { case result, error }
    private enum ErrorField: String, CaseIterable { case message }
    private enum ResultField: String, CaseIterable {
        case header, created, canceled, fragment, events
        case compactRevision = "compact_revision"
        case cancelReason = "cancel_reason"
    }
    private enum EventField: String, CaseIterable {
        case type, kv
        case previous = "prev_kv"
    }

    private static let lineFields = JSONFields<LineField>()
    private static let errorFields = JSONFields<ErrorField>()
    private static let resultFields = JSONFields<ResultField>()
    private static let eventFields = JSONFields<EventField>()

    /// The store's revision as it was sent.
    private(set) var revision = Revision(0)
    /// The watch was made; events are yet to come.
    private(set) var isCreation = false
    /// The message's other events follow.
    private(set) var isFragment = false
    private(set) var events: [StoreEvent] = []
    /// The watch cannot begin: what is older than this revision is gone.
    private(set) var compacted: Revision?
    /// Why the watch ended.
    private(set) var ended: String?
    /// Why the member can tell no more, while others perhaps can.
    private(set) var failure: String?

    init(_ line: [UInt8], prefixCount: Int) throws(JSONError) {
        var reader = JSONReader(line)
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.lineFields) {
            switch field {
            case .result: try readResult(&reader, prefixCount)
            case .error:
                failure = "an error"
                try reader.beginObject()
                while let field = try reader.nextField(of: Self.errorFields) {
                    switch field {
                    case .message: failure = try reader.readString()
                    }
                }
            }
        }
    }

    private mutating func readResult(_ reader: inout JSONReader, _ prefixCount: Int) throws(JSONError) {
        var reason: String?
        var isCanceled = false
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.resultFields) {
            switch field {
            case .header: revision = try EtcdMessage.header(&reader)
            case .created: isCreation = try reader.readBool()
            case .canceled: isCanceled = try reader.readBool()
            case .fragment: isFragment = try reader.readBool()
            case .compactRevision:
                let number = try EtcdMessage.number(&reader)
                if number > 0 { compacted = Revision(number) }
            case .cancelReason: reason = try reader.readString()
            case .events:
                events = try reader.readArray { reader throws(JSONError) in
                    try Self.event(&reader, prefixCount)
                }
            }
        }
        if isCanceled { ended = reason ?? "no reason given" }
    }

    private static func event(_ reader: inout JSONReader, _ prefixCount: Int) throws(JSONError) -> StoreEvent {
        var isDeletion = false
        var value: StoredValue?
        var previous: StoredValue?
        try reader.beginObject()
        while let field = try reader.nextField(of: eventFields) {
            switch field {
            case .type: isDeletion = try reader.readString() == "DELETE"
            case .kv: value = try EtcdMessage.value(&reader, prefixCount: prefixCount)
            case .previous: previous = try EtcdMessage.value(&reader, prefixCount: prefixCount)
            }
        }
        guard let value else { throw JSONError(offset: reader.offset, reason: "an event has no key") }
        return StoreEvent(
            key: value.key,
            revision: value.modRevision,
            value: isDeletion ? nil : value,
            previous: previous
        )
    }
}
