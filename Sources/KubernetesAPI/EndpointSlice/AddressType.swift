/// What the addresses of an EndpointSlice are (`addressType`).
public enum AddressType: Sendable, Hashable {
    /// IPv4 addresses.
    case ipv4
    /// IPv6 addresses.
    case ipv6
    /// Host names.
    case fqdn
    /// Something that this version does not know; empty where the slice does not say.
    case unknown(String)
}

extension AddressType: CustomStringConvertible {
    static let known: [AddressType] = [.fqdn, .ipv4, .ipv6]

    /// Reads Kubernetes' spelling.
    public init(_ text: String) {
        self = Self.known.first { $0.description == text } ?? .unknown(text)
    }

    /// Kubernetes' spelling.
    public var description: String {
        switch self {
        case .ipv4: "IPv4"
        case .ipv6: "IPv6"
        case .fqdn: "FQDN"
        case .unknown(let text): text
        }
    }
}
