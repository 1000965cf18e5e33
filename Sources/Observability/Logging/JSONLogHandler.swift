import Logging

/// Writes one JSON object per line with the keys of Kubernetes' JSON logs: `ts` (Unix time in seconds), `caller`,
/// `msg`, `v` for information or `err` for warnings and errors, then the metadata.
struct JSONLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    var logLevel: Logger.Level = .info
    private let write: @Sendable (String) -> Void

    init(write: @escaping @Sendable (String) -> Void) {
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        write(line(for: event, at: .now()))
    }

    func line(for event: LogEvent, at time: WallTime) -> String {
        let microseconds = Int(time.nanosecondsSinceEpoch / 1_000)
        var line = "{\"ts\":\(microseconds / 1_000_000).\(padded(microseconds % 1_000_000, 6))"
        line += ",\"caller\":\("\(event.fileName):\(event.line)".quoted)"
        line += ",\"level\":\"\(event.level.rawValue)\",\"msg\":\(event.message.description.quoted)"
        if let verbosity = event.level.verbosity { line += ",\"v\":\(verbosity)" }
        let reserved: Set<String> = ["ts", "caller", "level", "msg", "v"]
        for (key, value) in allMetadata(of: event).sorted(by: { $0.key < $1.key }) {
            // A key of ours must not appear twice in one object.
            line += ",\((reserved.contains(key) ? "\(key)_" : key).quoted):\(value.json)"
        }
        return line + "}\n"
    }
}

extension Logger.Level {
    /// The least `-v` with which it is written; nil for what is always written as a warning or worse.
    fileprivate var verbosity: Int? {
        switch self {
        case .trace: 5
        case .debug: 4
        case .info: 2
        case .notice: 0
        case .warning, .error, .critical: nil
        }
    }
}

extension Logger.MetadataValue {
    fileprivate var json: String {
        switch self {
        case .string(let text): text.quoted
        case .stringConvertible(let value as any BinaryInteger): value.description
        case .stringConvertible(let value as Bool): value.description
        case .stringConvertible(let value as Double) where value.isFinite: value.description
        case .stringConvertible(let value): value.description.quoted
        case .array(let values): "[" + values.map(\.json).joined(separator: ",") + "]"
        case .dictionary(let values):
            "{"
                + values.sorted { $0.key < $1.key }.map { "\($0.key.quoted):\($0.value.json)" }.joined(separator: ",")
                + "}"
        }
    }
}
