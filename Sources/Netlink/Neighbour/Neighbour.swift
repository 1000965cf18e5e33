public import Addressing
import CLinux

/// An entry of the neighbour table: which hardware address an IP address on a link has.
public struct Neighbour: Sendable, Hashable {
    /// The link's ifindex.
    public var interface: UInt32
    /// `NDA_DST`.
    public var address: IPAddress
    /// `NDA_LLADDR`; nil while it is not resolved.
    public var linkLayerAddress: LinkLayerAddress?
    /// How well it is known.
    public var state: NeighbourState
    /// Whether it forwards (`NTF_ROUTER`), IPv6 only.
    public var isRouter: Bool
    /// Whether this host answers for it (`NTF_PROXY`).
    public var isProxy: Bool
    /// Who put it there (`NDA_PROTOCOL`); nil where nobody said so.
    public var origin: RouteOrigin?

    /// An entry of these parts.
    public init(
        interface: UInt32,
        address: IPAddress,
        linkLayerAddress: LinkLayerAddress? = nil,
        state: NeighbourState = .permanent,
        isRouter: Bool = false,
        isProxy: Bool = false,
        origin: RouteOrigin? = nil
    ) {
        self.interface = interface
        self.address = address
        self.linkLayerAddress = linkLayerAddress
        self.state = state
        self.isRouter = isRouter
        self.isProxy = isProxy
        self.origin = origin
    }
}

/// How well a neighbour is known (`NUD_*`, `include/uapi/linux/neighbour.h`).
public struct NeighbourState: OptionSet, Sendable, Hashable {
    /// `ndm_state`.
    public var rawValue: UInt16

    /// The state of that number.
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Being asked for (`NUD_INCOMPLETE`).
    public static let incomplete = NeighbourState(rawValue: 0x01)
    /// Confirmed lately (`NUD_REACHABLE`).
    public static let reachable = NeighbourState(rawValue: 0x02)
    /// Not confirmed lately (`NUD_STALE`).
    public static let stale = NeighbourState(rawValue: 0x04)
    /// Did not answer (`NUD_FAILED`).
    public static let failed = NeighbourState(rawValue: 0x20)
    /// Needs no resolving (`NUD_NOARP`).
    public static let noARP = NeighbourState(rawValue: 0x40)
    /// Put by hand, never asked for (`NUD_PERMANENT`).
    public static let permanent = NeighbourState(rawValue: 0x80)
}

extension Neighbour {
    /// Writes the body of an `RTM_NEWNEIGH` or `RTM_DELNEIGH`: `struct ndmsg`, then attributes.
    public func encode(into message: inout MessageWriter) {
        var header = ndmsg()
        header.ndm_family = address.family.socketFamily
        header.ndm_ifindex = Int32(bitPattern: interface)
        header.ndm_state = state.rawValue
        header.ndm_flags = UInt8((isRouter ? NTF_ROUTER : 0) | (isProxy ? NTF_PROXY : 0))
        message.fixedHeader(header)
        message.attribute(UInt16(NDA_DST), address: address)
        if let linkLayerAddress { message.attribute(UInt16(NDA_LLADDR), bytes: linkLayerAddress.bytes) }
        if let origin { message.attribute(UInt16(NDA_PROTOCOL), origin.rawValue) }
    }

    /// Reads the body of an `RTM_NEWNEIGH` or `RTM_DELNEIGH`; nil for a family that is not IP.
    public init?(body: RawSpan) throws(MessageError) {
        let header = try body.fixedHeader(as: ndmsg.self)
        guard let family = IPFamily(socketFamily: header.ndm_family) else { return nil }
        var address: IPAddress?
        var linkLayerAddress: LinkLayerAddress?
        var origin: RouteOrigin?
        var reader = AttributeReader(from: MemoryLayout<ndmsg>.size)
        while let attribute = try reader.next(in: body) {
            switch Int(attribute.type) {
            case NDA_DST: address = try body.address(attribute, family)
            case NDA_LLADDR: linkLayerAddress = LinkLayerAddress(bytes: try body.bytes(attribute))
            case NDA_PROTOCOL: origin = RouteOrigin(rawValue: try body.integer(attribute))
            default: break
            }
        }
        guard let address else { return nil }
        self.init(
            interface: UInt32(bitPattern: header.ndm_ifindex),
            address: address,
            linkLayerAddress: linkLayerAddress,
            state: NeighbourState(rawValue: header.ndm_state),
            isRouter: Int32(header.ndm_flags) & NTF_ROUTER != 0,
            isProxy: Int32(header.ndm_flags) & NTF_PROXY != 0,
            origin: origin
        )
    }
}
