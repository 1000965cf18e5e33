public import Addressing

/// What happens to the connections that a ``Frontend`` receives.
///
/// All its addresses have the frontend's family. The lists of backends are sorted and free of duplicates; they share
/// storage between the frontends of one Service port.
public struct Route: Hashable, Sendable {
    /// How a frontend is reached, which decides about masquerading and about which list is used.
    public enum Kind: Hashable, Sendable {
        /// A ClusterIP: ``Route/endpoints`` already follow the internal traffic policy.
        case `internal`
        /// A NodePort, external IP or load-balancer address under `externalTrafficPolicy: Cluster`: always masqueraded.
        case external
        /// The same under `externalTrafficPolicy: Local`: ``Route/localEndpoints`` with the source kept for traffic
        /// from outside, ``Route/endpoints`` for pods (not masqueraded) and for the node itself (masqueraded).
        case externalLocal
    }

    /// The answer to a new flow that no list of backends serves.
    public enum Refusal: Hashable, Sendable {
        /// There is no usable endpoint anywhere: tell the client.
        case reject
        /// The policy is Local and the usable endpoints are all on other nodes: stay silent.
        case drop
    }

    /// The Service port that owns the frontend.
    public var service: ServicePortName
    /// How the frontend is reached.
    public var kind: Kind
    /// The balanced list: for ``Kind/internal`` under `internalTrafficPolicy: Local` the endpoints on this node, else
    /// the cluster's (topology hints applied).
    public var endpoints: [Backend]
    /// Whether ``endpoints`` are only those on this node: a ClusterIP under `internalTrafficPolicy: Local`.
    public var endpointsAreLocal: Bool
    /// The endpoints on this node, for ``Kind/externalLocal``; else empty.
    public var localEndpoints: [Backend]
    /// What happens to new flows from clients whose list is empty; nil while every list has backends.
    ///
    /// For ``Kind/externalLocal`` the clients meant are those outside the node.
    public var unserved: Refusal?
    /// How long a client that is idle stays bound to its backend (`ClientIP` affinity); nil without affinity.
    public var affinityTimeout: Duration?
    /// The sources that may connect, sorted; nil for all, empty for nobody.
    ///
    /// Only load-balancer addresses have them. They contain the Service's own load-balancer addresses where a range
    /// contains an address of this node.
    public var sourceRanges: [IPPrefix]?
    /// For UDP, every backend anywhere that may still answer, whatever the policies and hints; else empty.
    ///
    /// A connection-tracking entry of the frontend that leads elsewhere is stale, unless this list is empty.
    public var serving: [Backend]

    /// A route with these properties; the defaults are those of an open frontend without affinity.
    public init(
        service: ServicePortName,
        kind: Kind,
        endpoints: [Backend],
        endpointsAreLocal: Bool = false,
        localEndpoints: [Backend] = [],
        unserved: Refusal? = nil,
        affinityTimeout: Duration? = nil,
        sourceRanges: [IPPrefix]? = nil,
        serving: [Backend] = []
    ) {
        self.service = service
        self.kind = kind
        self.endpoints = endpoints
        self.endpointsAreLocal = endpointsAreLocal
        self.localEndpoints = localEndpoints
        self.unserved = unserved
        self.affinityTimeout = affinityTimeout
        self.sourceRanges = sourceRanges
        self.serving = serving
    }
}
