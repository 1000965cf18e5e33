public import Addressing
public import KubernetesAPI

/// What one call to a ``RoutingTable`` changed.
///
/// The sum of all diffs, from the first, is the state of the table.
public struct RoutingDiff: Hashable, Sendable {
    /// The frontends that changed, each once; in an order that depends on the changes alone.
    public var frontends: [FrontendChange]
    /// ClusterIPs of live Services: an unknown port of one of them is rejected.
    public var clusterIPs: SetDifference<IPAddress>
    /// ServiceCIDRs: an address in one of them that no Service has is dropped.
    public var serviceCIDRs: SetDifference<IPPrefix>
    /// Addresses of usable endpoints on this node, which may reach themselves through a Service (hairpin).
    public var localEndpointAddresses: SetDifference<IPAddress>
    /// The health checks that changed, each once, in ascending order of their Services.
    public var healthChecks: [HealthCheckChange]
    /// Frontends that two Service ports claim.
    public var conflicts: SetDifference<FrontendConflict>

    /// How many Service ports cannot meet their Local policy now; a total, not a difference.
    public var noLocalEndpoints: NoLocalEndpointCounts
    /// How many Service objects differed from what the table held.
    public var serviceChangeCount: Int
    /// How many EndpointSlice objects differed from what the table held.
    public var endpointSliceChangeCount: Int
    /// How many Services were looked at to find the difference: the cost of the call.
    public var touchedServiceCount: Int
    /// When the changes of endpoints that are visible in this diff began, as their slices tell
    /// (`endpoints.kubernetes.io/last-change-trigger-time`): for the network programming latency.
    public var lastChangeTriggerTimes: [Timestamp]

    /// A diff with no changes.
    public init(noLocalEndpoints: NoLocalEndpointCounts = NoLocalEndpointCounts()) {
        self.noLocalEndpoints = noLocalEndpoints
        frontends = []
        clusterIPs = SetDifference()
        serviceCIDRs = SetDifference()
        localEndpointAddresses = SetDifference()
        healthChecks = []
        conflicts = SetDifference()
        serviceChangeCount = 0
        endpointSliceChangeCount = 0
        touchedServiceCount = 0
        lastChangeTriggerTimes = []
    }

    /// Whether the state of the table is what it was: nothing to program, to serve or to report.
    public var isEmpty: Bool {
        frontends.isEmpty && clusterIPs.isEmpty && serviceCIDRs.isEmpty && localEndpointAddresses.isEmpty
            && healthChecks.isEmpty && conflicts.isEmpty
    }
}
