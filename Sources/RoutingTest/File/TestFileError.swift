/// Why a test file cannot be understood: where, which field, and what to write instead.
public struct TestFileError: Error, Sendable, Equatable {
    /// The file, as it was named.
    public var file: String
    /// The line, from 1; nil for the file as a whole.
    public var line: Int?
    /// The field, such as `flows[2].via`; empty for the file as a whole.
    public var field: String
    /// What is wrong and what helps.
    public var reason: String

    /// An error from its parts.
    public init(file: String, line: Int? = nil, field: String = "", reason: String) {
        self.file = file
        self.line = line
        self.field = field
        self.reason = reason
    }
}

extension TestFileError: CustomStringConvertible {
    /// `web.yaml:12: flows[2].via: "nodeport" is no way to a Service; did you mean nodePort?`
    public var description: String {
        let place = line.map { "\(file):\($0)" } ?? file
        return field.isEmpty ? "\(place): \(reason)" : "\(place): \(field): \(reason)"
    }
}

/// Every error of a file, in its order.
public struct TestFileErrors: Error, Sendable, Equatable {
    /// At least one.
    public var errors: [TestFileError]

    /// Those errors.
    public init(_ errors: [TestFileError]) { self.errors = errors }
}

extension TestFileErrors: CustomStringConvertible {
    /// A line for each.
    public var description: String { errors.map(\.description).joined(separator: "\n") }
}
