import Glibc
import Logging

/// Writes klog's text form: `Lmmdd hh:mm:ss.uuuuuu threadid file:line] "message" key="value"`, in local time.
///
/// klog has three severities; notice and below are information, critical is an error that ends the process.
struct TextLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    var logLevel: Logger.Level = .info
    private let write: @Sendable (String) -> Void
    private let processID = Int(getpid())

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
        let severity =
            switch event.level {
            case .trace, .debug, .info, .notice: "I"
            case .warning: "W"
            case .error: "E"
            case .critical: "F"
            }
        let local = Self.localFields(of: time)
        var line = severity + padded(local.month, 2) + padded(local.day, 2)
        line += " \(padded(local.hour, 2)):\(padded(local.minute, 2)):\(padded(local.second, 2))"
        line += ".\(padded(local.nanosecond / 1_000, 6)) \(padded(processID, 7, with: " "))"
        line += " \(event.fileName):\(event.line)] \(event.message.description.quoted)"
        for (key, value) in allMetadata(of: event).sorted(by: { $0.key < $1.key }) {
            line += " \(key)=\(value.klogText)"
        }
        return line + "\n"
    }

    /// The civil time here; UTC where the time zone is unknown.
    private static func localFields(of time: WallTime) -> WallTime.CivilFields {
        var seconds = time_t(time.nanosecondsSinceEpoch / 1_000_000_000)
        var local = tm()
        guard localtime_r(&seconds, &local) != nil else { return time.civilFields }
        return WallTime(nanosecondsSinceEpoch: time.nanosecondsSinceEpoch + Int64(local.tm_gmtoff) * 1_000_000_000)
            .civilFields
    }
}

extension LogHandler {
    /// What the handler, the provider and the event say, the later over the earlier.
    func allMetadata(of event: LogEvent) -> Logger.Metadata {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { _, new in new } }
        if let own = event.metadata { all.merge(own) { _, new in new } }
        return all
    }
}

extension LogEvent {
    /// The last part of the source file's path.
    var fileName: Substring {
        file.lastIndex(of: "/").map { file[file.index(after: $0)...] } ?? file[...]
    }
}

extension Logger.MetadataValue {
    /// Quoted text; lists and dictionaries as in Go's `%v`.
    fileprivate var klogText: String {
        switch self {
        case .string(let text): text.quoted
        case .stringConvertible(let value as any Numeric & CustomStringConvertible): value.description
        case .stringConvertible(let value as Bool): value.description
        case .stringConvertible(let value): value.description.quoted
        case .array(let values): "[" + values.map(\.klogText).joined(separator: " ") + "]"
        case .dictionary(let values):
            "{"
                + values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.klogText)" }.joined(separator: " ")
                + "}"
        }
    }
}
