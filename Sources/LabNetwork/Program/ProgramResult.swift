/// How a program ended, and what it wrote.
public struct ProgramResult: Sendable, Hashable {
    /// The program and its arguments.
    public var arguments: [String]
    /// Its exit status, or the negative number of the signal that ended it.
    public var status: Int32
    /// Its standard output, at most 16 MiB of it.
    public var output: String
    /// Its standard error, at most 16 MiB of it.
    public var errors: String

    /// A result of these parts.
    public init(arguments: [String], status: Int32, output: String, errors: String) {
        self.arguments = arguments
        self.status = status
        self.output = output
        self.errors = errors
    }
}

/// A program that did not succeed.
public struct ProgramFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// How it ended.
    public var result: ProgramResult

    /// The failure of that end.
    public init(_ result: ProgramResult) { self.result = result }

    /// `kubectl get nodes: exit status 1: error: the server is not there`
    public var description: String {
        let end = result.status < 0 ? "ended by signal \(-result.status)" : "exit status \(result.status)"
        let words = result.errors.isEmpty ? result.output : result.errors
        return "\(result.arguments.joined(separator: " ")): \(end): \(words.prefix(4096))"
    }
}
