public import Addressing

/// What clients dial: a ClusterIP port, an external IP, a load-balancer address, or a NodePort on one node address.
public struct Frontend: Hashable, Sendable {
    /// Destination address.
    public let address: IPAddress
    /// Transport protocol.
    public let `protocol`: TransportProtocol
    /// Destination port, 1...65535.
    public let port: UInt16

    /// The frontend at that address, protocol and port.
    public init(address: IPAddress, protocol: TransportProtocol, port: UInt16) {
        self.address = address
        self.protocol = `protocol`
        self.port = port
    }

    /// The family of its address.
    public var family: IPFamily { address.family }
}

extension Frontend: Comparable {
    /// By address (IPv4 first), then protocol number, then port.
    public static func < (left: Frontend, right: Frontend) -> Bool {
        (left.address, left.protocol, left.port) < (right.address, right.protocol, right.port)
    }
}

extension Frontend: CustomStringConvertible {
    /// `10.96.0.1:443/TCP`, `[fd00::1]:443/TCP`.
    public var description: String {
        switch family {
        case .ipv4: "\(address):\(port)/\(`protocol`)"
        case .ipv6: "[\(address)]:\(port)/\(`protocol`)"
        }
    }
}
