/// What came of one file.
public struct FileResult: Sendable, Equatable {
    /// The file, as it was named.
    public var file: String
    /// Its flows, in order.
    public var flows: [FlowResult]
    /// Why there are no flows' results: the network could not be built, or a proxy did not start.
    public var failure: String?
    /// How long the file took in all.
    public var duration: Duration

    /// A result from its parts.
    public init(file: String, flows: [FlowResult] = [], failure: String? = nil, duration: Duration = .zero) {
        self.file = file
        self.flows = flows
        self.failure = failure
        self.duration = duration
    }

    /// Whether every flow was right, and there was no failure.
    public var isRight: Bool { failure == nil && flows.allSatisfy(\.isRight) }
}
