public import Addressing

/// Where a connection ends: one address and port of an endpoint.
public struct Backend: Hashable, Sendable {
    /// The endpoint's address.
    public let address: IPAddress
    /// The endpoint's port, 1...65535.
    public let port: UInt16

    /// The backend at that address and port.
    public init(address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }
}

extension Backend: Comparable {
    /// By address (IPv4 first), then port.
    public static func < (left: Backend, right: Backend) -> Bool {
        (left.address, left.port) < (right.address, right.port)
    }
}

extension Backend: CustomStringConvertible {
    /// `10.0.0.1:80`, `[fd00::1]:80`.
    public var description: String {
        switch address.family {
        case .ipv4: "\(address):\(port)"
        case .ipv6: "[\(address)]:\(port)"
        }
    }
}
