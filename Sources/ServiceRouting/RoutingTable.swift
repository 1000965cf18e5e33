public import Addressing
import KubernetesAPI

/// The state of routing on one node: what the Services and EndpointSlices of the cluster amount to.
///
/// A value without clock or I/O. Objects go in by ``apply(_:)``, in any order; what they changed comes out as a
/// ``RoutingDiff``. The state depends on the objects only, not on the order in which they came. A call costs as much
/// as the Services that it touches: those whose objects it changes, and those that gain a frontend thereby.
public struct RoutingTable: Sendable {
    /// What it was told when it was made.
    public let options: RoutingOptions
    /// This node.
    public internal(set) var node: NodeContext
    /// Every frontend with its route.
    public internal(set) var frontends: [Frontend: Route] = [:]
    /// The health checks of the Services that have one.
    public internal(set) var healthChecks: [ObjectKey: HealthCheck] = [:]
    /// How many Service ports cannot meet a Local policy.
    public internal(set) var noLocalEndpoints = NoLocalEndpointCounts()

    /// Services, and slices whose Service is not known (yet).
    var services: [ObjectKey: ServiceEntry] = [:]
    /// The Service that each EndpointSlice belongs to, by name; the namespace is the slice's.
    var sliceOwners: [ObjectKey: String] = [:]
    /// The usable ranges of each ServiceCIDR object.
    var serviceCIDRObjects: [String: [IPPrefix]] = [:]

    /// Those who ask for a frontend that more than one Service port asks for; the first holds it.
    var contenders: [Frontend: [Contender]] = [:]
    var clusterIPCounts = CountedSet<IPAddress>()
    var serviceCIDRCounts = CountedSet<IPPrefix>()
    var localAddressCounts = CountedSet<IPAddress>()

    /// `node.nodePortAddresses` in ascending order.
    var nodePortAddresses: [IPAddress]
    /// Services that the node's NodePort addresses matter to.
    var nodePortServices: Set<ObjectKey> = []
    /// Services that the node's primary addresses matter to.
    var sourceRangeServices: Set<ObjectKey> = []
    /// Services that the node's zone matters to.
    var zoneHintServices: Set<ObjectKey> = []

    /// A table without objects.
    public init(options: RoutingOptions, node: NodeContext = NodeContext()) {
        self.options = options
        self.node = node
        nodePortAddresses = node.nodePortAddresses.sorted()
    }

    /// The ClusterIPs of live Services.
    public var clusterIPs: some Collection<IPAddress> & Sendable { clusterIPCounts.counts.keys }

    /// The ServiceCIDRs of the cluster.
    public var serviceCIDRs: some Collection<IPPrefix> & Sendable { serviceCIDRCounts.counts.keys }

    /// The addresses of usable endpoints on this node.
    public var localEndpointAddresses: some Collection<IPAddress> & Sendable { localAddressCounts.counts.keys }

    /// The frontends that two Service ports claim, in ascending order.
    public var conflicts: [FrontendConflict] {
        contenders.flatMap { $0.value.conflicts(over: $0.key) }.sorted()
    }

    /// Takes in changes of objects and says what they changed.
    ///
    /// Changes apply in order and are settled together: a change and its undo in one call are no change.
    public mutating func apply(_ changes: [ObjectChange]) -> RoutingDiff {
        var batch = Batch()
        reserveCapacity(for: changes, &batch)
        var newNode = node
        for change in changes {
            switch change {
            case .service(let key, let service):
                setService(key, to: service, in: &batch)
            case .endpointSlice(let key, let slice):
                setEndpointSlice(key, to: slice, in: &batch)
            case .node(let object):
                guard object == nil || object?.metadata.name == options.nodeName else { continue }
                newNode.zone = object.flatMap(Self.zone)
            case .serviceCIDR(let name, let object):
                setServiceCIDR(name, to: object)
            }
        }
        setNode(newNode, in: &batch)
        return settle(batch)
    }

    /// Takes in changes of the node itself and says what they changed.
    public mutating func update(node newNode: NodeContext) -> RoutingDiff {
        var batch = Batch()
        setNode(newNode, in: &batch)
        return settle(batch)
    }

    /// Makes room before many objects come at once: dictionaries that double again and again hash every key anew.
    private mutating func reserveCapacity(for changes: [ObjectChange], _ batch: inout Batch) {
        guard changes.count > 1_000 else { return }
        let serviceCount = changes.count { if case .service(_, .some) = $0 { true } else { false } }
        let sliceCount = changes.count { if case .endpointSlice(_, .some) = $0 { true } else { false } }
        let most = max(serviceCount, min(sliceCount, services.count + serviceCount))
        batch.reserveCapacity(most)
        services.reserveCapacity(services.count + serviceCount)
        sliceOwners.reserveCapacity(sliceOwners.count + sliceCount)
        frontends.reserveCapacity(frontends.count + serviceCount)
    }
}
