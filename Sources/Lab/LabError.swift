/// Why something cannot be done with a lab, and what to do about it.
public struct LabError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The object, the fault and the remedy.
    public var description: String

    /// An error of those words.
    public init(_ description: String) { self.description = description }
}
