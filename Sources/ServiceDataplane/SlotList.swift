/// The two lists of endpoints that a frontend can be balanced over; each is one map of (frontend, slot) to endpoint.
public enum SlotList: Hashable, Sendable, CaseIterable {
    /// What the traffic policy gives to everybody.
    case cluster
    /// The endpoints on this node, for `externalTrafficPolicy: Local`.
    case local

    /// Name of the nftables map.
    public var mapName: String {
        switch self {
        case .cluster: "endpoints"
        case .local: "local-endpoints"
        }
    }
}
