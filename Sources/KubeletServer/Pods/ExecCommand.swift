/// A command that is to run in a container: `v1` `PodExecOptions`.
public struct ExecCommand: Sendable, Hashable {
    /// The program and its arguments; not empty.
    public var arguments: [String]
    /// Whether something will be written to its standard input; otherwise that is at its end.
    public var hasInput: Bool
    /// Whether somebody reads its standard output.
    public var hasOutput: Bool
    /// Whether somebody reads its standard error; never with a terminal, whose output is one.
    public var hasErrors: Bool
    /// Whether it runs on a terminal of its own.
    public var hasTerminal: Bool

    /// A command from its parts.
    public init(
        _ arguments: [String],
        hasInput: Bool = false,
        hasOutput: Bool = true,
        hasErrors: Bool = true,
        hasTerminal: Bool = false
    ) {
        self.arguments = arguments
        self.hasInput = hasInput
        self.hasOutput = hasOutput
        self.hasErrors = hasErrors
        self.hasTerminal = hasTerminal
    }
}
