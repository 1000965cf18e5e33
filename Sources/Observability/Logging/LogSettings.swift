public import Logging

/// How the process logs: what `--logging-format` and `-v` say.
public struct LogSettings: Sendable, Equatable {
    /// The form of a line.
    public enum Format: String, Sendable, CaseIterable {
        /// klog's: `I1121 10:13:46.605094    4711 Loop.swift:42] "Synced" services=3`.
        case text
        /// One JSON object per line, with the keys of Kubernetes' JSON logs.
        case json
    }

    /// The form of a line.
    public var format: Format
    /// klog's verbosity, 0 and up.
    public var verbosity: Int

    /// Text with verbosity 0 unless said otherwise.
    public init(format: Format = .text, verbosity: Int = 0) {
        self.format = format
        self.verbosity = verbosity
    }

    /// The least severe level that is written.
    ///
    /// Kubernetes' logging conventions: 0 and 1 are what an operator must always see, 2 is the steady state, 4 is
    /// debugging and from 5 on each step is traced.
    public var level: Logger.Level {
        switch verbosity {
        case ..<2: .notice
        case 2...3: .info
        case 4: .debug
        default: .trace
        }
    }

    /// A logger that writes lines of this form to standard error.
    public func makeLogger(label: String) -> Logger {
        makeLogger(label: label) { StandardError.write($0) }
    }

    /// A logger that hands over finished lines, each with its line feed.
    public func makeLogger(label: String, write: @escaping @Sendable (String) -> Void) -> Logger {
        var logger = Logger(label: label) { _ in
            switch format {
            case .text: TextLogHandler(write: write)
            case .json: JSONLogHandler(write: write)
            }
        }
        logger.logLevel = level
        return logger
    }
}
