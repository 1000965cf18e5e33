public import JSON

extension ControlResponse {
    /// How many bytes a response may have.
    static let sizeLimit = 64 << 20

    private enum Field: String, CaseIterable {
        case attached, done, failed
    }

    private static let fields = JSONFields<Field>()

    /// The response as one line of JSON, without the newline.
    public func json() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        switch self {
        case .attached(let attachment):
            writer.name(Field.attached.rawValue)
            attachment.write(to: &writer)
        case .done(let text):
            writer.member(Field.done.rawValue, text)
        case .failed(let error):
            writer.name(Field.failed.rawValue)
            error.write(to: &writer)
        }
        writer.endObject()
        return writer.bytes
    }

    /// Reads what ``json()`` wrote; fields that are not known are skipped.
    public init(json bytes: [UInt8]) throws(JSONError) {
        var reader = JSONReader(bytes)
        var response: ControlResponse?
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.fields) {
            switch field {
            case .attached: response = .attached(try PodAttachment(json: &reader))
            case .done: response = .done(try reader.readString())
            case .failed: response = .failed(try AttachmentError(json: &reader))
            }
        }
        try reader.finish()
        guard let response else { throw JSONError(offset: 0, reason: "no response that is known here") }
        self = response
    }
}

extension AttachmentError {
    private enum Field: String, CaseIterable {
        case code, message, details
    }

    private static let fields = JSONFields<Field>()

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("code", code.rawValue)
        writer.member("message", message)
        if !details.isEmpty { writer.member("details", details) }
        writer.endObject()
    }

    init(json reader: inout JSONReader) throws(JSONError) {
        self.init(.refused, "")
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.fields) {
            switch field {
            case .code: code = Code(rawValue: try reader.readInteger())
            case .message: message = try reader.readString()
            case .details: details = try reader.readString()
            }
        }
    }
}
