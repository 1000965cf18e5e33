/// Where a value of the configuration comes from.
public enum ConfigurationOrigin: Sendable, Hashable, CustomStringConvertible {
    /// A line of a file, counted from 1; 0 for the file as a whole.
    case file(String, line: Int)
    /// A flag, without its dashes.
    case flag(String)
    /// Nobody has set it.
    case defaults

    /// `file:line`, `--flag` or `defaults`.
    public var description: String {
        switch self {
        case .file(let path, line: 0): path
        case .file(let path, let line): "\(path):\(line)"
        case .flag(let name): "--\(name)"
        case .defaults: "defaults"
        }
    }
}

/// One thing that is wrong with the configuration.
public struct ConfigurationProblem: Sendable, Equatable, CustomStringConvertible {
    /// Where the value was set.
    public var origin: ConfigurationOrigin
    /// Path of the field in the file; nil where a flag or file as a whole is meant.
    public var field: String?
    /// What is wrong, and what would be right.
    public var reason: String

    init(_ origin: ConfigurationOrigin, field: String? = nil, _ reason: String) {
        self.origin = origin
        self.field = field
        self.reason = reason
    }

    /// `file:line: field: reason`; a flag's field is left out, since the flag names it.
    public var description: String {
        switch (origin, field) {
        case (.file, let field?): "\(origin): \(field): \(reason)"
        case (.defaults, let field?): "\(field): \(reason)"
        default: "\(origin): \(reason)"
        }
    }
}

/// Everything that is wrong with the configuration; the process does not start with it.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// At least one problem.
    public var problems: [ConfigurationProblem]

    init(_ problems: [ConfigurationProblem]) {
        self.problems = problems
    }

    /// The problems, one per line.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
