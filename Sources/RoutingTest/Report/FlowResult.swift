/// What came of one flow.
public struct FlowResult: Sendable, Equatable {
    /// Who dials what.
    public var title: String
    /// The row's own words; empty for none.
    public var name: String
    /// Where the row stands.
    public var file: String
    /// Its line.
    public var line: Int
    /// What was expected.
    public var expected: String
    /// What was seen.
    public var seen: String
    /// Each difference; empty where all is right.
    public var differences: [String]
    /// How the kernel came to it: lines for people; empty where all is right.
    public var explanation: [String]
    /// How many connections were made.
    public var connections: Int
    /// How long they took.
    public var duration: Duration
    /// Why no connection was made; nil where some were.
    public var skipReason: String?

    /// Whether all is as expected.
    public var isRight: Bool { differences.isEmpty }

    /// A result from its parts.
    public init(
        title: String,
        name: String = "",
        file: String,
        line: Int,
        expected: String,
        seen: String,
        differences: [String] = [],
        explanation: [String] = [],
        connections: Int = 0,
        duration: Duration = .zero,
        skipReason: String? = nil
    ) {
        self.title = title
        self.name = name
        self.file = file
        self.line = line
        self.expected = expected
        self.seen = seen
        self.differences = differences
        self.explanation = explanation
        self.connections = connections
        self.duration = duration
        self.skipReason = skipReason
    }
}
