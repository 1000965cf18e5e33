/// One mesh connection, as numbered by whoever owns its socket; a number is never used again.
public struct ConnectionID: RawRepresentable, Sendable, Hashable {
    /// The number.
    public var rawValue: UInt64

    /// A connection's identity from its number.
    public init(rawValue: UInt64) { self.rawValue = rawValue }
}

extension ConnectionID: Comparable {
    /// By number, so by age where numbers are given in order.
    public static func < (left: ConnectionID, right: ConnectionID) -> Bool { left.rawValue < right.rawValue }
}
