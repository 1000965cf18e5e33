package import Logging
import Synchronization

/// Keeps what is logged, and lets a test wait for it.
package final class LogRecorder: Sendable {
    private let lines = Mutex<[String]>([])

    /// `level: message key=value`, in order.
    package var all: [String] { lines.withLock { $0 } }

    package init() {}

    /// Writes here.
    package var logger: Logger {
        Logger(label: "test") { _ in Handler(recorder: self) }
    }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let pairs = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }
            recorder.lines.withLock { $0.append("\(event.level): \(event.message)\(pairs.joined())") }
        }
    }
}
