public import Addressing
public import ServiceRouting

/// What the kernel's table holds, in our terms, as of the last transaction.
public struct DataplaneState: Hashable, Sendable {
    /// What each frontend has there.
    public var frontends: [Frontend: FrontendProgram] = [:]
    /// Elements of the set `cluster-ips`.
    public var clusterIPs: Set<IPAddress> = []
    /// Elements of the set `hairpin`.
    public var hairpins: Set<IPAddress> = []
    /// Intervals of the set `service-cidrs`, sorted, none in another.
    public var serviceCIDRs: [IPPrefix] = []
    /// Intervals of the set `pod-cidrs`, sorted, none in another.
    public var podPrefixes: [IPPrefix] = []
    /// The class chains that exist, and how many frontends dispatch to each; 0 where only other chains go there, or nobody.
    public var classChains: [ClassChain: Int] = [:]
    /// Number of elements of the map `frontends`.
    public var dispatchCount = 0
    /// Number of elements of the map `endpoints`.
    public var slotCount = 0
    /// How many elements the maps that have a fixed size can hold.
    public var capacities = SetCapacities.unlimited
    /// The ServicePorts whose sticky maps and record chains exist.
    public var sticky: [StickyService: StickyState] = [:]

    /// An empty table.
    public init() {}
}

/// What exists for one ServicePort with session affinity.
public struct StickyState: Hashable, Sendable {
    /// Seconds that the record chains write; nil where they must be written anew.
    public var timeout: UInt32?
    /// How many frontends record into its maps.
    public var users: Int
}
