import Addressing
import CLinux

extension Route {
    /// Writes the body of an `RTM_NEWROUTE` or `RTM_DELROUTE`: `struct rtmsg`, then attributes.
    public func encode(into message: inout MessageWriter) {
        var header = rtmsg()
        header.rtm_family = destination.family.socketFamily
        header.rtm_dst_len = UInt8(destination.length)
        header.rtm_table = table < 256 ? UInt8(table) : UInt8(RT_TABLE_COMPAT.rawValue)
        header.rtm_protocol = origin.rawValue
        header.rtm_scope = scope.rawValue
        header.rtm_type = type.rawValue
        if nextHops.count == 1, nextHops[0].isOnLink { header.rtm_flags = UInt32(RTNH_F_ONLINK) }
        message.fixedHeader(header)
        if destination.length > 0 { message.attribute(Self.number(RTA_DST), address: destination.address) }
        message.attribute(Self.number(RTA_TABLE), table)
        if let preferredSource { message.attribute(Self.number(RTA_PREFSRC), address: preferredSource) }
        if let metric { message.attribute(Self.number(RTA_PRIORITY), metric) }
        if let mtu {
            message.nested(Self.number(RTA_METRICS)) { metrics in
                metrics.attribute(UInt16(RTAX_MTU), mtu)
                if isMTULocked { metrics.attribute(UInt16(RTAX_LOCK), Self.mtuBit) }
            }
        }
        if nextHops.count == 1 {
            if let interface = nextHops[0].interface { message.attribute(Self.number(RTA_OIF), interface) }
            encodeGateway(of: nextHops[0], into: &message)
        } else if nextHops.count > 1 {
            message.nested(Self.number(RTA_MULTIPATH)) { paths in
                for hop in nextHops { encode(path: hop, into: &paths) }
            }
        }
    }

    /// Writes one `struct rtnexthop` with its attributes.
    private func encode(path hop: NextHop, into paths: inout MessageWriter) {
        var attributes = MessageWriter(capacity: 64)
        encodeGateway(of: hop, into: &attributes)
        var header = rtnexthop()
        header.rtnh_len = UInt16(MemoryLayout<rtnexthop>.size + attributes.byteCount)
        header.rtnh_flags = hop.isOnLink ? UInt8(RTNH_F_ONLINK) : 0
        header.rtnh_hops = UInt8(clamping: hop.weight - 1)
        header.rtnh_ifindex = Int32(bitPattern: hop.interface ?? 0)
        paths.fixedHeader(header)
        unsafe attributes.withUnsafeBytes { unsafe paths.append($0) }
    }

    private func encodeGateway(of hop: NextHop, into message: inout MessageWriter) {
        guard let gateway = hop.gateway else { return }
        if gateway.family == destination.family {
            message.attribute(Self.number(RTA_GATEWAY), address: gateway)
        } else {
            // struct rtvia: the family in two bytes, then the address.
            let family = UInt16(gateway.family.socketFamily)
            let head = [UInt8(truncatingIfNeeded: family), UInt8(family >> 8)]
            message.attribute(Self.number(RTA_VIA), bytes: head + gateway.networkBytes)
        }
    }

    /// Reads the body of an `RTM_NEWROUTE` or `RTM_DELROUTE`; nil for a family that is not IP.
    public init?(body: RawSpan) throws(MessageError) {
        let header = try body.fixedHeader(as: rtmsg.self)
        guard let family = IPFamily(socketFamily: header.rtm_family) else { return nil }
        var address: IPAddress = family == .ipv4 ? .v4(0) : .v6(high: 0, low: 0)
        self.init(
            to: IPPrefix(address),
            table: UInt32(header.rtm_table),
            type: RouteType(rawValue: header.rtm_type),
            origin: RouteOrigin(rawValue: header.rtm_protocol),
            scope: RouteScope(rawValue: header.rtm_scope)
        )
        var single = NextHop(isOnLink: header.rtm_flags & UInt32(RTNH_F_ONLINK) != 0)
        var reader = AttributeReader(from: MemoryLayout<rtmsg>.size)
        while let attribute = try reader.next(in: body) {
            switch attribute.type {
            case Self.number(RTA_DST): address = try body.address(attribute, family)
            case Self.number(RTA_TABLE): table = try body.integer(attribute)
            case Self.number(RTA_PREFSRC): preferredSource = try body.address(attribute, family)
            case Self.number(RTA_PRIORITY): metric = try body.integer(attribute)
            case Self.number(RTA_METRICS): try readMetrics(attribute, in: body)
            case Self.number(RTA_OIF): single.interface = try body.integer(attribute)
            case Self.number(RTA_GATEWAY): single.gateway = try body.address(attribute, family)
            case Self.number(RTA_VIA): single.gateway = try Self.via(attribute, in: body)
            case Self.number(RTA_MULTIPATH): nextHops = try Self.paths(attribute, in: body, family)
            default: break
            }
        }
        guard let destination = IPPrefix(address, length: Int(header.rtm_dst_len)) else {
            throw .wrongSize(attribute: Self.number(RTA_DST), byteCount: Int(header.rtm_dst_len))
        }
        self.destination = destination
        if nextHops.isEmpty, single.interface != nil || single.gateway != nil { nextHops = [single] }
    }

    private mutating func readMetrics(
        _ metrics: AttributeReader.Attribute,
        in body: RawSpan
    ) throws(MessageError) {
        var reader = AttributeReader(nestedIn: metrics)
        while let attribute = try reader.next(in: body) {
            switch Int(attribute.type) {
            case RTAX_MTU: mtu = try body.integer(attribute)
            case RTAX_LOCK: isMTULocked = try body.integer(attribute, as: UInt32.self) & Self.mtuBit != 0
            default: break
            }
        }
    }

    /// The MTU in the bit field of locked metrics.
    private static var mtuBit: UInt32 { 1 << UInt32(RTAX_MTU) }

    private static func via(_ attribute: AttributeReader.Attribute, in body: RawSpan) throws(MessageError) -> IPAddress
    {
        guard attribute.payload.count > 2 else {
            throw .wrongSize(attribute: attribute.type, byteCount: attribute.payload.count)
        }
        let address = (attribute.payload.lowerBound + 2)..<attribute.payload.upperBound
        return try body.address(AttributeReader.Attribute(type: attribute.type, payload: address))
    }

    private static func paths(
        _ attribute: AttributeReader.Attribute,
        in body: RawSpan,
        _ family: IPFamily
    ) throws(MessageError) -> [NextHop] {
        let headerSize = MemoryLayout<rtnexthop>.size
        var hops: [NextHop] = []
        var offset = attribute.payload.lowerBound
        let end = attribute.payload.upperBound
        while offset < end {
            guard offset + headerSize <= end else { throw .truncated(at: offset) }
            let here = AttributeReader.Attribute(type: attribute.type, payload: offset..<end)
            let header = try body.structure(here, as: rtnexthop.self)
            let length = Int(header.rtnh_len)
            guard length >= headerSize, offset + length <= end else { throw .truncated(at: offset) }
            var hop = NextHop(
                interface: header.rtnh_ifindex == 0 ? nil : UInt32(bitPattern: header.rtnh_ifindex),
                isOnLink: header.rtnh_flags & UInt8(RTNH_F_ONLINK) != 0,
                weight: Int(header.rtnh_hops) + 1
            )
            let inside = AttributeReader.Attribute(type: 0, payload: (offset + headerSize)..<(offset + length))
            var reader = AttributeReader(nestedIn: inside)
            while let attribute = try reader.next(in: body) {
                switch attribute.type {
                case number(RTA_GATEWAY): hop.gateway = try body.address(attribute, family)
                case number(RTA_VIA): hop.gateway = try via(attribute, in: body)
                default: break
                }
            }
            hops.append(hop)
            offset += (length + 3) & ~3  // RTNH_ALIGN
        }
        return hops
    }

    /// The attribute's number: this enumeration has a name in C, and so is a struct in Swift.
    private static func number(_ attribute: rtattr_type_t) -> UInt16 { UInt16(attribute.rawValue) }
}
