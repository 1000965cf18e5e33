import JSON

/// Reads what a client says over the channels of a command, frame by frame.
///
/// Messages in several frames are told piece by piece, so that none is collected.
struct StreamReader: Sendable {
    private let version: StreamProtocol
    /// The channel of the message that is being read; nil before its first byte.
    private var channel: UInt8?
    /// Whether a message has begun that has not ended.
    private var isWithinMessage = false
    /// A message about something else than input, which is short.
    private var text: [UInt8] = []

    /// A message about something else than input has at most so many bytes.
    static let textLimit = 1_024

    /// What a client says.
    enum Event: Sendable, Hashable {
        /// The command is to read this; never empty.
        case input([UInt8])
        /// The command will be given nothing more to read.
        case endOfInput
        /// The client's window has that size now.
        case resize(columns: UInt16, rows: UInt16)
    }

    /// A reader of that protocol.
    init(_ version: StreamProtocol) {
        self.version = version
    }

    /// Takes the payload of a frame with data: the first of a message, or one that goes on with it.
    ///
    /// - Parameters:
    ///   - isFirst: Whether the frame begins a message.
    ///   - isLast: Whether it ends it.
    /// - Returns: What it says; nil for nothing, also where it cannot be understood.
    mutating func read(_ payload: some Collection<UInt8>, isFirst: Bool, isLast: Bool) -> Event? {
        if isFirst {
            (channel, text, isWithinMessage) = (nil, [], true)
        }
        guard isWithinMessage else { return nil }
        var rest = payload[...]
        if channel == nil { channel = rest.popFirst() }
        defer { if isLast { isWithinMessage = false } }
        switch channel.flatMap({ StreamChannel(rawValue: $0) }) {
        case .input:
            return rest.isEmpty ? nil : .input(Array(rest))
        case .resize:
            guard let text = collect(rest, isLast) else { return nil }
            return Self.size(text)
        case .end where version == .v5:
            guard let text = collect(rest, isLast), text == [StreamChannel.input.rawValue] else { return nil }
            return .endOfInput
        case .output, .errors, .result, .end, nil:
            return nil
        }
    }

    /// The whole message where it is complete.
    private mutating func collect(_ piece: some Collection<UInt8>, _ isLast: Bool) -> [UInt8]? {
        guard text.count + piece.count <= Self.textLimit else {
            isWithinMessage = false
            return nil
        }
        text += piece
        return isLast ? text : nil
    }

    private static func size(_ json: [UInt8]) -> Event? {
        guard let value = try? JSONValue(json: json),
            let columns = value["Width"]?.integer.flatMap({ UInt16(exactly: $0) }),
            let rows = value["Height"]?.integer.flatMap({ UInt16(exactly: $0) })
        else { return nil }
        return .resize(columns: columns, rows: rows)
    }
}
