/// Why bytes are not the JSON that was expected.
public struct JSONError: Error, Sendable, Equatable {
    /// Where, in bytes from the start of all that was given to the reader: the beginning of the value that has another
    /// type than expected, or the byte that is not JSON.
    public var offset: Int
    /// What is wrong, and what would be right.
    public var reason: String

    /// An error from its parts.
    public init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }
}

extension JSONError: CustomStringConvertible {
    /// What is wrong, and where.
    public var description: String { "\(reason) (at byte \(offset))" }
}
