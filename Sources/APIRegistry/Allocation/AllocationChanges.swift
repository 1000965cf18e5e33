public import Addressing

/// What a write of a Service gives out and takes back.
public struct AllocationChanges: Sendable, Hashable {
    /// Addresses that the Service gets.
    public var reservedAddresses: [IPAddress] = []
    /// Addresses that it had and has no more.
    public var releasedAddresses: [IPAddress] = []
    /// Node ports that it gets.
    public var reservedPorts: [Int] = []
    /// Node ports that it had and has no more.
    public var releasedPorts: [Int] = []

    /// Nothing.
    public init() {}

    /// Whether nothing is given out or taken back.
    public var isEmpty: Bool { self == AllocationChanges() }
}
