public import Addressing
public import ServiceRouting

/// Names what a ServicePort with session affinity has in the kernel.
///
/// The name holds a hash of the ServicePort and its protocol, so that a restarted proxy finds the same map again without
/// having stored anything, and so that the rules of a chain follow from the chain's name alone.
public struct StickyService: Hashable, Sendable {
    /// FNV-1a (64 bits) of `namespace/name:port/PROTOCOL`.
    public var hash: UInt64
    /// Protocol of the ServicePort.
    public var transportProtocol: TransportProtocol

    /// The identity of this ServicePort's affinity.
    public init(_ service: ServicePortName) {
        transportProtocol = service.protocol
        hash = "\(service)/\(service.protocol)".utf8.reduce(0xcbf2_9ce4_8422_2325) { hash, byte in
            (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
    }

    /// Parses ``name``.
    public init?(name: some StringProtocol) {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard
            parts.count == 3, parts[0] == "sticky", parts[1].utf8.count == 16,
            let hash = UInt64(parts[1], radix: 16),
            let transportProtocol = TransportProtocol(kubernetes: parts[2].uppercased())
        else { return nil }
        self.hash = hash
        self.transportProtocol = transportProtocol
    }

    /// `sticky-<16 hex digits>-<protocol>`.
    public var name: String {
        let digits = String(hash, radix: 16)
        return "sticky-\(String(repeating: "0", count: 16 - digits.utf8.count))\(digits)-\(transportProtocol)"
            .lowercased()
    }

    /// The map that clients of this list are kept in.
    public func map(_ list: SlotList) -> StickyMap { StickyMap(service: self, list: list) }
}

/// One map of client address to endpoint.
///
/// A ServicePort has one for the clients that may reach every endpoint, shared by all its frontends, and one for those that
/// may only reach endpoints of this node: an entry of the first must not lead the second kind of client off the node.
public struct StickyMap: Hashable, Sendable {
    /// Whose map it is.
    public var service: StickyService
    /// Which clients it holds.
    public var list: SlotList

    /// The map of that ServicePort and list.
    public init(service: StickyService, list: SlotList) {
        self.service = service
        self.list = list
    }

    /// Parses ``name``.
    public init?(name: some StringProtocol) {
        let isLocal = name.hasSuffix("-local")
        guard let service = StickyService(name: isLocal ? String(name.dropLast(6)) : String(name)) else { return nil }
        self.init(service: service, list: isLocal ? .local : .cluster)
    }

    /// Name of the nftables map.
    public var name: String { list == .local ? service.name + "-local" : service.name }

    /// Name of the chain that records a new connection in this map.
    public var recordChainName: String { "record-" + name }
}
