public import Addressing

/// What a lab is to be like; what the user says and what was chosen for it.
public struct LabOptions: Sendable, Hashable {
    /// Which families the hosts speak with each other.
    public enum Underlay: String, Sendable, Hashable, CaseIterable {
        /// IPv4 alone.
        case v4
        /// IPv6 alone.
        case v6
        /// Both; pods and Services have both too.
        case dual

        /// The families, the first one that of the Node's first address.
        public var families: [IPFamily] {
            switch self {
            case .v4: [.ipv4]
            case .v6: [.ipv6]
            case .dual: [.ipv4, .ipv6]
            }
        }
    }

    /// Where the control plane keeps its objects.
    public enum Store: String, Sendable, Hashable, CaseIterable {
        /// In the control plane's own store.
        case embedded
        /// In an etcd that runs on the control plane's host.
        case etcd
    }

    /// What the lab is called: the beginning of the names of everything that is made for it.
    public var name = "trama"
    /// How many nodes it has in the beginning.
    public var nodeCount = 3
    /// Which families the hosts speak.
    public var underlay = Underlay.v4
    /// Whether each host has a subnet of its own, with a router between them; otherwise they are on one bridge.
    public var isRouted = false
    /// The hosts' addresses, at most one prefix of each family; those not given are chosen (``LabSubnet``).
    public var subnets: [IPPrefix] = []
    /// The ranges of the nodes' podCIDRs; empty for the usual ones of the underlay's families.
    public var clusterRanges: [IPPrefix] = []
    /// The ranges of ClusterIPs; empty for the usual ones of the underlay's families.
    public var serviceRanges: [IPPrefix] = []
    /// Where objects are kept.
    public var store = Store.embedded
    /// How many of 200 packets between hosts are lost.
    public var lostOf200 = 0
    /// The MTU of the hosts' links; nil for 1500.
    public var mtu: Int?
    /// Milliseconds that a packet takes from one host to another; 0 for none.
    public var delayMilliseconds = 0
    /// After how many seconds a silent node is held to be dead.
    public var nodeGraceSeconds = 40
    /// Whether cluster DNS runs.
    public var hasDNS = true

    /// A lab of three nodes on a bridge.
    public init() {}

    /// The families of pods and Services.
    public var families: [IPFamily] { underlay.families }

    /// The ranges of the nodes' podCIDRs, in the families' order.
    public var podRanges: [IPPrefix] {
        Self.filled(clusterRanges, families, usual: ["10.244.0.0/16", "fd00:10:244::/56"])
    }

    /// The ranges of ClusterIPs, in the families' order.
    public var clusterIPRanges: [IPPrefix] {
        Self.filled(serviceRanges, families, usual: ["10.96.0.0/16", "fd00:10:96::/112"])
    }

    /// The ClusterIPs of cluster DNS: the tenth address of each range.
    public var dnsAddresses: [IPAddress] {
        clusterIPRanges.compactMap { LabSubnet.address(10, in: $0) }
    }

    private static func filled(_ given: [IPPrefix], _ families: [IPFamily], usual: [String]) -> [IPPrefix] {
        let usual = usual.compactMap { IPPrefix($0) }
        return families.compactMap { family in
            given.first { $0.family == family } ?? usual.first { $0.family == family }
        }
    }
}
