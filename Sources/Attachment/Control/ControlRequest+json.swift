public import JSON

extension ControlRequest {
    /// How many bytes a request may have.
    static let sizeLimit = 1 << 20

    private enum Field: String, CaseIterable {
        case attach, detach, check, ready, attachmentsChanged, command
    }

    private static let fields = JSONFields<Field>()

    /// The request as one line of JSON, without the newline.
    public func json() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        switch self {
        case .attach(let request):
            writer.name(Field.attach.rawValue)
            request.write(to: &writer)
        case .detach(let key):
            writer.name(Field.detach.rawValue)
            key.write(to: &writer)
        case .check(let key):
            writer.name(Field.check.rawValue)
            key.write(to: &writer)
        case .ready:
            writer.member(Field.ready.rawValue, true)
        case .attachmentsChanged:
            writer.member(Field.attachmentsChanged.rawValue, true)
        case .command(let command):
            writer.name(Field.command.rawValue)
            command.write(to: &writer)
        }
        writer.endObject()
        return writer.bytes
    }

    /// Reads what ``json()`` wrote; fields that are not known are skipped.
    public init(json bytes: [UInt8]) throws(JSONError) {
        var reader = JSONReader(bytes)
        var request: ControlRequest?
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.fields) {
            guard request == nil else { throw JSONError(offset: reader.offset, reason: "two requests in one line") }
            switch field {
            case .attach: request = .attach(try AttachRequest(json: &reader))
            case .detach: request = .detach(try AttachmentKey(json: &reader))
            case .check: request = .check(try AttachmentKey(json: &reader))
            case .ready: request = try reader.readBool() ? .ready : nil
            case .attachmentsChanged: request = try reader.readBool() ? .attachmentsChanged : nil
            case .command: request = .command(try ControlCommand(json: &reader))
            }
        }
        try reader.finish()
        guard let request else {
            let known = Field.allCases.map(\.rawValue).joined(separator: ", ")
            throw JSONError(offset: 0, reason: "no request that is known here: one of \(known)")
        }
        self = request
    }
}

extension ControlCommand {
    private enum Field: String, CaseIterable {
        case verb, arguments, options
    }

    private static let fields = JSONFields<Field>()

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("verb", verb)
        writer.strings("arguments", arguments)
        writer.name("options")
        writer.beginObject()
        for (name, value) in options.sorted(by: { $0.key < $1.key }) { writer.member(name, value) }
        writer.endObject()
        writer.endObject()
    }

    init(json reader: inout JSONReader) throws(JSONError) {
        self.init("")
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.fields) {
            switch field {
            case .verb: verb = try reader.readString()
            case .arguments: arguments = try reader.readStrings()
            case .options: options = try reader.readStringMap()
            }
        }
    }
}
