/// An address and port to listen on.
public struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// A numeric IPv4 or IPv6 address.
    public var host: String
    /// The TCP port; 0 lets the kernel choose.
    public var port: Int
    /// Whether `::` leaves IPv4 to somebody else (`IPV6_V6ONLY`); otherwise it takes IPv4 too, as a server in Go does.
    public var isIPv6Only: Bool

    /// That address and port.
    public init(host: String, port: Int, isIPv6Only: Bool = false) {
        self.host = host
        self.port = port
        self.isIPv6Only = isIPv6Only
    }

    /// Every IPv4 and every IPv6 address, as two sockets, so that one family may be missing.
    public static func everyAddress(port: Int) -> [ListenAddress] {
        [ListenAddress(host: "0.0.0.0", port: port), ListenAddress(host: "::", port: port, isIPv6Only: true)]
    }

    /// `10.0.0.1:80` or `[2001:db8::1]:80`.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// Why a server could not listen.
public struct ListenError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The address in question.
    public var address: ListenAddress
    /// The system's error number; 0 where the address could not even be tried.
    public var errno: Int32
    /// What the system said.
    public var reason: String

    /// That failure.
    public init(address: ListenAddress, errno: Int32, reason: String) {
        self.address = address
        self.errno = errno
        self.reason = reason
    }

    /// The address, what the system said, and what to do.
    public var description: String {
        let text = "cannot listen on \(address): \(reason)"
        return remedy.map { "\(text); \($0)" } ?? text
    }
}
