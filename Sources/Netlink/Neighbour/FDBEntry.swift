public import Addressing
import CLinux

/// An entry of a bridge's or a VXLAN tunnel's forwarding table: where frames to a hardware address go.
public struct FDBEntry: Sendable, Hashable {
    /// The ifindex of the port or the tunnel.
    public var interface: UInt32
    /// `NDA_LLADDR`; all zero is a tunnel's entry for every other address.
    public var address: LinkLayerAddress
    /// `NDA_DST`: the tunnel's far end.
    public var destination: IPAddress?
    /// `NDA_PORT`: the far end's UDP port, where it is not the tunnel's own.
    public var port: UInt16?
    /// `NDA_VLAN`.
    public var vlan: UInt16?
    /// `NDA_MASTER`: the ifindex of the bridge.
    public var master: UInt32?
    /// How long it stays: `permanent`, `noARP` (static), or `reachable` (learnt).
    public var state: NeighbourState
    /// Whether the entry is the device's own (`NTF_SELF`), as a tunnel's are, rather than its bridge's (`NTF_MASTER`).
    public var isOwn: Bool

    /// An entry of these parts.
    public init(
        interface: UInt32,
        address: LinkLayerAddress,
        destination: IPAddress? = nil,
        port: UInt16? = nil,
        vlan: UInt16? = nil,
        master: UInt32? = nil,
        state: NeighbourState = .permanent,
        isOwn: Bool = true
    ) {
        self.interface = interface
        self.address = address
        self.destination = destination
        self.port = port
        self.vlan = vlan
        self.master = master
        self.state = state
        self.isOwn = isOwn
    }
}

extension FDBEntry {
    /// `AF_BRIDGE`.
    static let socketFamily: UInt8 = 7

    /// Writes the body of an `RTM_NEWNEIGH` or `RTM_DELNEIGH` of family `AF_BRIDGE`.
    public func encode(into message: inout MessageWriter) {
        var header = ndmsg()
        header.ndm_family = Self.socketFamily
        header.ndm_ifindex = Int32(bitPattern: interface)
        header.ndm_state = state.rawValue
        header.ndm_flags = UInt8(isOwn ? NTF_SELF : NTF_MASTER)
        message.fixedHeader(header)
        message.attribute(UInt16(NDA_LLADDR), bytes: address.bytes)
        if let destination { message.attribute(UInt16(NDA_DST), address: destination) }
        if let port { message.attribute(UInt16(NDA_PORT), port.bigEndian) }
        if let vlan { message.attribute(UInt16(NDA_VLAN), vlan) }
        if let master { message.attribute(UInt16(NDA_MASTER), master) }
    }

    /// Reads the body of an `RTM_NEWNEIGH` or `RTM_DELNEIGH`; nil for a family that is not `AF_BRIDGE`.
    public init?(body: RawSpan) throws(MessageError) {
        let header = try body.fixedHeader(as: ndmsg.self)
        guard header.ndm_family == Self.socketFamily else { return nil }
        self.init(
            interface: UInt32(bitPattern: header.ndm_ifindex),
            address: LinkLayerAddress(bytes: []),
            state: NeighbourState(rawValue: header.ndm_state),
            isOwn: Int32(header.ndm_flags) & NTF_SELF != 0
        )
        var reader = AttributeReader(from: MemoryLayout<ndmsg>.size)
        while let attribute = try reader.next(in: body) {
            switch Int(attribute.type) {
            case NDA_LLADDR: address = LinkLayerAddress(bytes: try body.bytes(attribute))
            case NDA_DST: destination = try body.address(attribute)
            case NDA_PORT: port = try body.integer(attribute, as: UInt16.self).bigEndian
            case NDA_VLAN: vlan = try body.integer(attribute)
            case NDA_MASTER: master = try body.integer(attribute)
            default: break
            }
        }
    }
}
