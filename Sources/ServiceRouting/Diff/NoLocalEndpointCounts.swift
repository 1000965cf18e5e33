public import Addressing

/// How many Service ports drop traffic because their policy is Local and all usable endpoints are on other nodes.
///
/// Upstream's gauge `kubeproxy_sync_proxy_rules_no_local_endpoints_total`.
public struct NoLocalEndpointCounts: Hashable, Sendable {
    /// The policy that was not met; the metric's label `traffic_policy`.
    public enum TrafficPolicy: Int, Hashable, Sendable, CaseIterable, CustomStringConvertible {
        /// `spec.internalTrafficPolicy`.
        case `internal`
        /// `spec.externalTrafficPolicy`.
        case external

        /// The value of the metric's label.
        public var description: String { self == .internal ? "internal" : "external" }
    }

    /// Internal IPv4, internal IPv6, external IPv4, external IPv6.
    private var counts = SIMD4<Int32>()

    /// No Service port lacks local endpoints.
    public init() {}

    /// The number of Service ports of that family whose policy is not met.
    public subscript(policy: TrafficPolicy, family: IPFamily) -> Int {
        get { Int(counts[Self.index(policy, family)]) }
        set { counts[Self.index(policy, family)] = Int32(clamping: newValue) }
    }

    /// Replaces what one Service contributed to the totals.
    mutating func replace(_ old: NoLocalEndpointCounts, with new: NoLocalEndpointCounts) {
        counts = counts &- old.counts &+ new.counts
    }

    private static func index(_ policy: TrafficPolicy, _ family: IPFamily) -> Int {
        policy.rawValue * 2 + (family == .ipv4 ? 0 : 1)
    }
}
