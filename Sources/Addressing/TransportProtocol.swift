/// A transport protocol that a Service port can have; the raw value is its IP protocol number (IANA).
public enum TransportProtocol: UInt8, Sendable, Hashable, CaseIterable, Comparable, CustomStringConvertible {
    case tcp = 6
    case udp = 17
    case sctp = 132

    /// Reads Kubernetes' spelling (`TCP`, `UDP`, `SCTP`); nil for anything else.
    public init?(kubernetes name: String) {
        switch name {
        case "TCP": self = .tcp
        case "UDP": self = .udp
        case "SCTP": self = .sctp
        default: return nil
        }
    }

    /// Kubernetes' spelling.
    public var description: String {
        switch self {
        case .tcp: "TCP"
        case .udp: "UDP"
        case .sctp: "SCTP"
        }
    }

    /// Orders by protocol number.
    public static func < (left: TransportProtocol, right: TransportProtocol) -> Bool { left.rawValue < right.rawValue }
}
