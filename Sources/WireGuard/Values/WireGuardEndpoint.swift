public import Addressing

/// Where a peer's encrypted packets go: a UDP address.
public struct WireGuardEndpoint: Sendable, Hashable {
    /// Its underlay address.
    public var address: IPAddress
    /// Its UDP port.
    public var port: UInt16

    /// An endpoint from its parts.
    public init(address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }
}

extension WireGuardEndpoint: LosslessStringConvertible {
    /// `192.0.2.1:6783`, or `[2001:db8::1]:6783`.
    public var description: String {
        address.family == .ipv6 ? "[\(address)]:\(port)" : "\(address):\(port)"
    }

    /// An endpoint from the text that ``description`` gives; nil for a zone (`[fe80::1%eth0]:6783`) and anything else.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.first == "[", host.last == "]", host.contains(":") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard let address = IPAddress(host) else { return nil }
        self.init(address: address, port: port)
    }
}
