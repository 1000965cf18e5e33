/// What one call of the reconciler did.
public struct OverlayReport: Sendable, Hashable {
    /// Changes that the kernel took.
    public var changes = 0
    /// What is not as it should be now, the first of each object. ``OverlayReconciler/run()`` tries again after pauses.
    public var problems: [OverlayProblem] = []

    /// A call that did nothing.
    public init() {}

    /// Whether the kernel is now as it should be.
    public var isComplete: Bool { problems.isEmpty }
}

/// Something that the kernel refused, or that stands in the way.
public struct OverlayProblem: Sendable, Hashable, CustomStringConvertible {
    /// The object, for people: `route 10.32.5.0/24`.
    public var object: String
    /// What is wrong with it, and the remedy where there is one.
    public var reason: String

    /// A problem.
    public init(object: String, reason: String) {
        self.object = object
        self.reason = reason
    }

    /// One line for a log.
    public var description: String { "\(object): \(reason)" }
}

/// Why the kernel could not be asked at all.
public struct OverlayError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was being done, what the kernel said.
    public var description: String

    /// An error with that text.
    public init(_ description: String) { self.description = description }
}
