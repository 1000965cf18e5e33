public import Addressing

/// Where a server listens.
public struct ServerEndpoint: Sendable, Hashable, CustomStringConvertible {
    /// The port of the Domain Name System.
    public static let defaultPort: UInt16 = 53

    /// Its address.
    public var address: IPAddress
    /// Its port.
    public var port: UInt16

    /// An endpoint from its parts.
    public init(_ address: IPAddress, port: UInt16 = defaultPort) {
        self.address = address
        self.port = port
    }

    /// Reads `10.0.0.1`, `10.0.0.1:5353`, `fd00::1`, `[fd00::1]` and `[fd00::1]:5353`; nil for anything else.
    public init?(_ text: String) {
        var host = Substring(text)
        var port = Self.defaultPort
        let isBracketed = text.hasPrefix("[")
        if let colon = text.lastIndex(of: ":"), isBracketed ? text[..<colon].hasSuffix("]") : text.isOnlyOneColon {
            guard let number = UInt16(text[text.index(after: colon)...]) else { return nil }
            port = number
            host = text[..<colon]
        }
        if isBracketed {
            guard host.hasSuffix("]") else { return nil }
            host = host.dropFirst().dropLast()
        }
        guard let address = IPAddress(host) else { return nil }
        self.init(address, port: port)
    }

    /// `10.0.0.1:53` or `[fd00::1]:53`.
    public var description: String {
        address.family == .ipv4 ? "\(address):\(port)" : "[\(address)]:\(port)"
    }
}

extension String {
    fileprivate var isOnlyOneColon: Bool { utf8.count { $0 == UInt8(ascii: ":") } == 1 }
}
