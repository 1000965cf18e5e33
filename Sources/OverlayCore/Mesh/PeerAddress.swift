public import Addressing

/// Where a peer takes mesh connections: an address of the underlay, and a TCP port.
public struct PeerAddress: Sendable, Hashable {
    /// The address.
    public var address: IPAddress
    /// The TCP port.
    public var port: UInt16

    /// A place to connect to; the port is the mesh's own unless told otherwise.
    public init(address: IPAddress, port: UInt16 = 6783) {
        self.address = address
        self.port = port
    }
}

extension PeerAddress: Comparable {
    /// By address, then by port.
    public static func < (left: PeerAddress, right: PeerAddress) -> Bool {
        (left.address, left.port) < (right.address, right.port)
    }
}

extension PeerAddress: CustomStringConvertible {
    /// `10.0.0.1:6783`, `[2001:db8::1]:6783`.
    public var description: String {
        switch address.family {
        case .ipv4: "\(address):\(port)"
        case .ipv6: "[\(address)]:\(port)"
        }
    }
}
