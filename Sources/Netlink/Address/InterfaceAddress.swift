public import Addressing
import CLinux

/// An IP address of a link, as `RTM_NEWADDR` describes it.
public struct InterfaceAddress: Sendable, Hashable {
    /// The link's ifindex.
    public var interface: UInt32
    /// The link's own address (`IFA_LOCAL`, else `IFA_ADDRESS`).
    public var address: IPAddress
    /// How many bits of it name the subnet: 0...32 or 0...128.
    public var prefixLength: Int
    /// The other end of a point-to-point link (`IFA_ADDRESS` beside `IFA_LOCAL`).
    public var peer: IPAddress?
    /// `IFA_BROADCAST`, IPv4 only.
    public var broadcast: IPAddress?
    /// `IFA_LABEL`, IPv4 only; the kernel puts the link's name where none is asked for.
    public var label: String?
    /// How far it is valid.
    public var scope: RouteScope
    /// `IFA_FLAGS`.
    public var flags: InterfaceAddressFlags

    /// An address of these parts.
    public init(
        interface: UInt32,
        address: IPAddress,
        prefixLength: Int,
        peer: IPAddress? = nil,
        broadcast: IPAddress? = nil,
        label: String? = nil,
        scope: RouteScope = .universe,
        flags: InterfaceAddressFlags = []
    ) {
        self.interface = interface
        self.address = address
        self.prefixLength = prefixLength
        self.peer = peer
        self.broadcast = broadcast
        self.label = label
        self.scope = scope
        self.flags = flags
    }
}

/// The flags of an interface address (`IFA_F_*`, `include/uapi/linux/if_addr.h`).
public struct InterfaceAddressFlags: OptionSet, Sendable, Hashable {
    /// `ifa_flags`.
    public var rawValue: UInt32

    /// The flags of that number.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Not the first of its subnet on the link (`IFA_F_SECONDARY`).
    public static let secondary = InterfaceAddressFlags(rawValue: 0x01)
    /// Used at once, without duplicate address detection (`IFA_F_NODAD`).
    public static let noDuplicateDetection = InterfaceAddressFlags(rawValue: 0x02)
    /// Duplicate address detection failed (`IFA_F_DADFAILED`).
    public static let duplicate = InterfaceAddressFlags(rawValue: 0x08)
    /// Not preferred as a source any more (`IFA_F_DEPRECATED`).
    public static let deprecated = InterfaceAddressFlags(rawValue: 0x20)
    /// Duplicate address detection is going on (`IFA_F_TENTATIVE`).
    public static let tentative = InterfaceAddressFlags(rawValue: 0x40)
    /// Does not expire (`IFA_F_PERMANENT`).
    public static let permanent = InterfaceAddressFlags(rawValue: 0x80)
    /// Brings no route to its subnet (`IFA_F_NOPREFIXROUTE`).
    public static let noPrefixRoute = InterfaceAddressFlags(rawValue: 0x200)
}

extension InterfaceAddress {
    /// Writes the body of an `RTM_NEWADDR` or `RTM_DELADDR`: `struct ifaddrmsg`, then attributes.
    public func encode(into message: inout MessageWriter) {
        var header = ifaddrmsg()
        header.ifa_family = address.family.socketFamily
        header.ifa_prefixlen = UInt8(clamping: prefixLength)
        header.ifa_flags = UInt8(truncatingIfNeeded: flags.rawValue)
        header.ifa_scope = scope.rawValue
        header.ifa_index = interface
        message.fixedHeader(header)
        message.attribute(UInt16(IFA_LOCAL), address: address)
        message.attribute(UInt16(IFA_ADDRESS), address: peer ?? address)
        if let broadcast { message.attribute(UInt16(IFA_BROADCAST), address: broadcast) }
        if let label { message.attribute(UInt16(IFA_LABEL), string: label) }
        message.attribute(UInt16(IFA_FLAGS), flags.rawValue)
    }

    /// Reads the body of an `RTM_NEWADDR` or `RTM_DELADDR`; nil for a family that is not IP.
    public init?(body: RawSpan) throws(MessageError) {
        let header = try body.fixedHeader(as: ifaddrmsg.self)
        guard let family = IPFamily(socketFamily: header.ifa_family) else { return nil }
        var local: IPAddress?
        var prefixAddress: IPAddress?
        var broadcast: IPAddress?
        var label: String?
        var flags = InterfaceAddressFlags(rawValue: UInt32(header.ifa_flags))
        var reader = AttributeReader(from: MemoryLayout<ifaddrmsg>.size)
        while let attribute = try reader.next(in: body) {
            switch Int(attribute.type) {
            case IFA_LOCAL: local = try body.address(attribute, family)
            case IFA_ADDRESS: prefixAddress = try body.address(attribute, family)
            case IFA_BROADCAST: broadcast = try body.address(attribute, family)
            case IFA_LABEL: label = try body.string(attribute)
            case IFA_FLAGS: flags.rawValue = try body.integer(attribute)
            default: break
            }
        }
        guard let address = local ?? prefixAddress else { return nil }
        self.init(
            interface: header.ifa_index,
            address: address,
            prefixLength: Int(header.ifa_prefixlen),
            peer: prefixAddress == address ? nil : prefixAddress,
            broadcast: broadcast,
            label: label,
            scope: RouteScope(rawValue: header.ifa_scope),
            flags: flags
        )
    }
}
