/// A rule of the overlay that a simulated history broke.
public struct Violation: Sendable, Hashable, CustomStringConvertible {
    /// When, since the beginning of the simulation.
    public var moment: Duration
    /// What is wrong, and with whom.
    public var text: String

    /// A violation from its parts.
    public init(moment: Duration, text: String) {
        self.moment = moment
        self.text = text
    }

    /// Moment and text.
    public var description: String { "at \(moment): \(text)" }
}
