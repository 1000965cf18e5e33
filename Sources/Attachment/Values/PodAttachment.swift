public import Addressing
public import Netlink

/// An interface of a container, as the store remembers it and the kernel is to have it.
public struct PodAttachment: Sendable, Hashable {
    /// Which interface it is.
    public var key: AttachmentKey
    /// The network that it is in; ``AttachableNetwork/pods`` for the routed pod network.
    public var network: String
    /// The path of the container's network namespace.
    public var namespace: String
    /// What people call the container: `default/web-0`; may be empty.
    public var label: String
    /// The name by which containers on all hosts find it; empty for none.
    public var name: String
    /// Its addresses, at most one of each family; nobody else on this host has them.
    public var addresses: [IPAddress]
    /// The whole network's ranges: what is on the link of a bridged network, and what leads into the pod network
    /// where the container's default route is another's.
    public var ranges: [IPPrefix]
    /// The bridge that the host's end is a port of; nil for the routed pod network.
    public var bridge: String?
    /// The largest packet in bytes.
    public var mtu: UInt32
    /// Whether the container's default routes lead here; false where it had others already, and only ``ranges`` do.
    public var isDefault: Bool
    /// The boot in which it was made (`/proc/sys/kernel/random/boot_id`): after another one its interface is gone.
    public var bootID: String
    /// Whether the kernel had all of it once; false from the moment the addresses are taken until then.
    public var isComplete: Bool

    /// An attachment from its parts.
    public init(
        key: AttachmentKey,
        network: String = AttachableNetwork.pods,
        namespace: String,
        label: String = "",
        name: String = "",
        addresses: [IPAddress] = [],
        ranges: [IPPrefix] = [],
        bridge: String? = nil,
        mtu: UInt32 = 1420,
        isDefault: Bool = true,
        bootID: String = "",
        isComplete: Bool = false
    ) {
        self.key = key
        self.network = network
        self.namespace = namespace
        self.label = label
        self.name = name
        self.addresses = addresses
        self.ranges = ranges
        self.bridge = bridge
        self.mtu = mtu
        self.isDefault = isDefault
        self.bootID = bootID
        self.isComplete = isComplete
    }
}

extension PodAttachment {
    /// The name of the host's end.
    public var hostInterface: String { key.hostInterface }

    /// The hardware address of the host's end: the same for one container and interface.
    public var hostLinkAddress: LinkLayerAddress { linkAddress("host") }

    /// The hardware address inside the container: the same for one container and interface.
    public var containerLinkAddress: LinkLayerAddress { linkAddress("container") }

    /// 02 (locally administered, unicast) and five bytes of hash.
    private func linkAddress(_ end: String) -> LinkLayerAddress {
        let hash = StableHash.of(key.container, key.interface, end)
        let bytes = stride(from: 32, through: 0, by: -8).map { UInt8(truncatingIfNeeded: hash >> UInt64($0)) }
        return LinkLayerAddress(bytes: [0x02] + bytes)
    }

    /// What the container sends packets to that leave its link; nil in a bridged network, which has no way out.
    public func gateway(_ family: IPFamily) -> IPAddress? {
        bridge == nil ? Self.gateway(family) : nil
    }

    /// Where the container's routes of one family by way of the gateway lead.
    func destinations(_ family: IPFamily) -> [IPPrefix] {
        isDefault
            ? [IPPrefix(Self.gateway(family), length: 0)].compactMap { $0 } : ranges.filter { $0.family == family }
    }

    /// 169.254.1.1 and fe80::1: nobody has them; a permanent neighbour entry leads to the host's end.
    static func gateway(_ family: IPFamily) -> IPAddress {
        switch family {
        case .ipv4: .v4(0xa9fe_0101)
        case .ipv6: .v6(high: 0xfe80_0000_0000_0000, low: 1)
        }
    }

    /// The length of the prefix that an address has on the container's interface: a host's own in the pod network,
    /// the network's in a bridged one.
    public func prefixLength(of address: IPAddress) -> Int {
        guard bridge != nil else { return address.family.bitCount }
        return ranges.first { $0.contains(address) }?.length ?? address.family.bitCount
    }
}
