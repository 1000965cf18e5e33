/// Which endpoints traffic may go to (`spec.externalTrafficPolicy`, `spec.internalTrafficPolicy`).
public enum TrafficPolicy: Sendable, Hashable {
    /// All of the cluster's.
    case cluster
    /// Only those on the node where the traffic came in.
    case local
    /// Those of a rule that this version does not know.
    case unknown(String)
}

extension TrafficPolicy: CustomStringConvertible {
    static let known: [TrafficPolicy] = [.cluster, .local]

    /// Reads Kubernetes' spelling.
    public init(_ text: String) {
        self = Self.known.first { $0.description == text } ?? .unknown(text)
    }

    /// Kubernetes' spelling.
    public var description: String {
        switch self {
        case .cluster: "Cluster"
        case .local: "Local"
        case .unknown(let text): text
        }
    }
}
