/// A state of a store: each transaction that changes something makes the next one. The empty store's is 1, as etcd's.
///
/// Kubernetes shows it to clients as `resourceVersion`.
public struct Revision: RawRepresentable, Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The number, from 1.
    public var rawValue: Int64

    /// A revision from its number.
    public init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    /// A revision from its number.
    public init(_ rawValue: Int64) {
        self.rawValue = rawValue
    }

    /// Whether one came before the other.
    public static func < (left: Revision, right: Revision) -> Bool { left.rawValue < right.rawValue }

    /// The number in decimal, as in `resourceVersion`.
    public var description: String { "\(rawValue)" }

    /// The revision after this one.
    public var next: Revision { Revision(rawValue &+ 1) }
}
