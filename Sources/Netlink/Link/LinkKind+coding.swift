import Addressing
import CLinux

extension LinkKind {
    /// Writes `IFLA_LINKINFO`; nothing for a device without kind.
    func encode(into message: inout MessageWriter) {
        guard let name else { return }
        message.nested(UInt16(IFLA_LINKINFO)) { info in
            info.attribute(UInt16(IFLA_INFO_KIND), string: name)
            switch self {
            case .device, .other, .veth(peer: nil): break
            case .bridge(let bridge): info.nested(UInt16(IFLA_INFO_DATA)) { bridge.encode(into: &$0) }
            case .vxlan(let vxlan): info.nested(UInt16(IFLA_INFO_DATA)) { vxlan.encode(into: &$0) }
            case .veth(let peer?): info.nested(UInt16(IFLA_INFO_DATA)) { peer.encode(into: &$0) }
            case .tun(let tun): info.nested(UInt16(IFLA_INFO_DATA)) { tun.encode(into: &$0) }
            }
        }
    }

    /// Reads `IFLA_LINKINFO`.
    init(_ info: AttributeReader.Attribute, in body: RawSpan) throws(MessageError) {
        var name: String?
        var data: AttributeReader.Attribute?
        var reader = AttributeReader(nestedIn: info)
        while let attribute = try reader.next(in: body) {
            switch Int(attribute.type) {
            case IFLA_INFO_KIND: name = try body.string(attribute)
            case IFLA_INFO_DATA: data = attribute
            default: break
            }
        }
        switch name {
        case nil: self = .device
        case "bridge": self = .bridge(try Bridge(data, in: body))
        case "vxlan": self = .vxlan(try VXLAN(data, in: body))
        case "veth": self = .veth(peer: try VethPeer(data, in: body))
        case "tun": self = .tun(try TUN(data, in: body))
        case let other?: self = .other(other)
        }
    }
}

/// Calls `each` with the attributes nested in `data`, where it is there.
private func forEachAttribute(
    of data: AttributeReader.Attribute?,
    in body: RawSpan,
    _ each: (AttributeReader.Attribute) throws(MessageError) -> Void
) throws(MessageError) {
    guard let data else { return }
    var reader = AttributeReader(nestedIn: data)
    while let attribute = try reader.next(in: body) { try each(attribute) }
}

extension LinkKind.Bridge {
    func encode(into data: inout MessageWriter) {
        if let spanningTree { data.attribute(UInt16(IFLA_BR_STP_STATE), UInt32(spanningTree ? 1 : 0)) }
        if let vlanFiltering { data.attribute(UInt16(IFLA_BR_VLAN_FILTERING), UInt8(vlanFiltering ? 1 : 0)) }
        if let multicastSnooping { data.attribute(UInt16(IFLA_BR_MCAST_SNOOPING), UInt8(multicastSnooping ? 1 : 0)) }
    }

    init(_ data: AttributeReader.Attribute?, in body: RawSpan) throws(MessageError) {
        self.init()
        try forEachAttribute(of: data, in: body) { attribute throws(MessageError) in
            switch Int(attribute.type) {
            case IFLA_BR_STP_STATE: spanningTree = try body.integer(attribute, as: UInt32.self) != 0
            case IFLA_BR_VLAN_FILTERING: vlanFiltering = try body.integer(attribute, as: UInt8.self) != 0
            case IFLA_BR_MCAST_SNOOPING: multicastSnooping = try body.integer(attribute, as: UInt8.self) != 0
            default: break
            }
        }
    }
}

extension LinkKind.VXLAN {
    func encode(into data: inout MessageWriter) {
        data.attribute(UInt16(IFLA_VXLAN_ID), id)
        if let underlay { data.attribute(UInt16(IFLA_VXLAN_LINK), underlay) }
        if let local {
            data.attribute(UInt16(local.family == .ipv4 ? IFLA_VXLAN_LOCAL : IFLA_VXLAN_LOCAL6), address: local)
        }
        if let port { data.attribute(UInt16(IFLA_VXLAN_PORT), port.bigEndian) }
        if let learning { data.attribute(UInt16(IFLA_VXLAN_LEARNING), UInt8(learning ? 1 : 0)) }
        if let dontFragment { data.attribute(UInt16(IFLA_VXLAN_DF), dontFragment.rawValue) }
        if let udpChecksum { data.attribute(UInt16(IFLA_VXLAN_UDP_CSUM), UInt8(udpChecksum ? 1 : 0)) }
        if let omitsChecksum6 {
            data.attribute(UInt16(IFLA_VXLAN_UDP_ZERO_CSUM6_TX), UInt8(omitsChecksum6 ? 1 : 0))
        }
        if let acceptsNoChecksum6 {
            data.attribute(UInt16(IFLA_VXLAN_UDP_ZERO_CSUM6_RX), UInt8(acceptsNoChecksum6 ? 1 : 0))
        }
    }

    init(_ data: AttributeReader.Attribute?, in body: RawSpan) throws(MessageError) {
        self.init(id: 0)
        try forEachAttribute(of: data, in: body) { attribute throws(MessageError) in
            switch Int(attribute.type) {
            case IFLA_VXLAN_ID: id = try body.integer(attribute)
            case IFLA_VXLAN_LINK: underlay = try body.integer(attribute)
            case IFLA_VXLAN_LOCAL, IFLA_VXLAN_LOCAL6: local = try body.address(attribute)
            case IFLA_VXLAN_PORT: port = try body.integer(attribute, as: UInt16.self).bigEndian
            case IFLA_VXLAN_LEARNING: learning = try body.integer(attribute, as: UInt8.self) != 0
            case IFLA_VXLAN_DF: dontFragment = DontFragment(rawValue: try body.integer(attribute))
            case IFLA_VXLAN_UDP_CSUM: udpChecksum = try body.integer(attribute, as: UInt8.self) != 0
            case IFLA_VXLAN_UDP_ZERO_CSUM6_TX: omitsChecksum6 = try body.integer(attribute, as: UInt8.self) != 0
            case IFLA_VXLAN_UDP_ZERO_CSUM6_RX: acceptsNoChecksum6 = try body.integer(attribute, as: UInt8.self) != 0
            default: break
            }
        }
    }
}

extension LinkKind.VethPeer {
    func encode(into data: inout MessageWriter) {
        data.nested(UInt16(VETH_INFO_PEER)) { peer in
            peer.fixedHeader(ifinfomsg())
            peer.attribute(UInt16(IFLA_IFNAME), string: name)
            if let namespaceDescriptor { peer.attribute(UInt16(IFLA_NET_NS_FD), namespaceDescriptor) }
            if let address { peer.attribute(UInt16(IFLA_ADDRESS), bytes: address.bytes) }
            if let mtu { peer.attribute(UInt16(IFLA_MTU), mtu) }
        }
    }

    /// Nil where there is no peer in the data, as in everything the kernel sends.
    init?(_ data: AttributeReader.Attribute?, in body: RawSpan) throws(MessageError) {
        var peer: AttributeReader.Attribute?
        try forEachAttribute(of: data, in: body) { attribute throws(MessageError) in
            if Int(attribute.type) == VETH_INFO_PEER { peer = attribute }
        }
        guard let peer else { return nil }
        self.init(name: "")
        let headerSize = MemoryLayout<ifinfomsg>.size
        guard peer.payload.count >= headerSize else {
            throw .wrongSize(attribute: peer.type, byteCount: peer.payload.count)
        }
        let attributes = AttributeReader.Attribute(
            type: peer.type,
            payload: (peer.payload.lowerBound + headerSize)..<peer.payload.upperBound
        )
        try forEachAttribute(of: attributes, in: body) { attribute throws(MessageError) in
            switch Int(attribute.type) {
            case IFLA_IFNAME: name = try body.string(attribute)
            case IFLA_NET_NS_FD: namespaceDescriptor = try body.integer(attribute)
            case IFLA_ADDRESS: address = LinkLayerAddress(bytes: try body.bytes(attribute))
            case IFLA_MTU: mtu = try body.integer(attribute)
            default: break
            }
        }
    }
}

extension LinkKind.TUN {
    /// `IFF_TUN` and `IFF_TAP` of `include/uapi/linux/if_tun.h`.
    private static let packets: UInt8 = 1
    private static let frames: UInt8 = 2

    func encode(into data: inout MessageWriter) {
        data.attribute(UInt16(IFLA_TUN_TYPE), carriesFrames ? Self.frames : Self.packets)
        data.attribute(UInt16(IFLA_TUN_PERSIST), UInt8(isPersistent ? 1 : 0))
        data.attribute(UInt16(IFLA_TUN_MULTI_QUEUE), UInt8(hasMultipleQueues ? 1 : 0))
    }

    init(_ data: AttributeReader.Attribute?, in body: RawSpan) throws(MessageError) {
        self.init(carriesFrames: false)
        try forEachAttribute(of: data, in: body) { attribute throws(MessageError) in
            switch Int(attribute.type) {
            case IFLA_TUN_TYPE: carriesFrames = try body.integer(attribute) == Self.frames
            case IFLA_TUN_PERSIST: isPersistent = try body.integer(attribute, as: UInt8.self) != 0
            case IFLA_TUN_MULTI_QUEUE: hasMultipleQueues = try body.integer(attribute, as: UInt8.self) != 0
            default: break
            }
        }
    }
}
