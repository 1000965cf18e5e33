import CLinux

extension Link {
    /// Writes the body of an `RTM_NEWLINK`: `struct ifinfomsg`, then attributes.
    public func encode(into message: inout MessageWriter) {
        var header = ifinfomsg()
        header.ifi_index = Int32(bitPattern: index)
        header.ifi_flags = flags.rawValue
        // Only whether it is up can be asked for here; the other flags are for the kernel to tell.
        header.ifi_change = LinkFlags.up.rawValue
        message.fixedHeader(header)
        message.attribute(UInt16(IFLA_IFNAME), string: name)
        if let mtu { message.attribute(UInt16(IFLA_MTU), mtu) }
        if let address { message.attribute(UInt16(IFLA_ADDRESS), bytes: address.bytes) }
        if let master { message.attribute(UInt16(IFLA_MASTER), master) }
        if let parent { message.attribute(UInt16(IFLA_LINK), parent) }
        if let parentNamespaceID { message.attribute(UInt16(IFLA_LINK_NETNSID), parentNamespaceID) }
        if let operationalState { message.attribute(UInt16(IFLA_OPERSTATE), operationalState) }
        if let alias { message.attribute(UInt16(IFLA_IFALIAS), string: alias) }
        if let group { message.attribute(UInt16(IFLA_GROUP), group) }
        kind.encode(into: &message)
    }

    /// Reads the body of an `RTM_NEWLINK` or `RTM_DELLINK`.
    public init(body: RawSpan) throws(MessageError) {
        let header = try body.fixedHeader(as: ifinfomsg.self)
        self.init(
            index: UInt32(bitPattern: header.ifi_index),
            name: "",
            flags: LinkFlags(rawValue: header.ifi_flags)
        )
        var reader = AttributeReader(from: MemoryLayout<ifinfomsg>.size)
        while let attribute = try reader.next(in: body) {
            switch Int(attribute.type) {
            case IFLA_IFNAME: name = try body.string(attribute)
            case IFLA_MTU: mtu = try body.integer(attribute)
            case IFLA_ADDRESS: address = LinkLayerAddress(bytes: try body.bytes(attribute))
            case IFLA_MASTER: master = try body.integer(attribute)
            case IFLA_LINK: parent = try body.integer(attribute)
            case IFLA_LINK_NETNSID: parentNamespaceID = try body.integer(attribute)
            case IFLA_OPERSTATE: operationalState = try body.integer(attribute)
            case IFLA_IFALIAS: alias = try body.string(attribute)
            case IFLA_GROUP: group = try body.integer(attribute)
            case IFLA_LINKINFO: kind = try LinkKind(attribute, in: body)
            default: break
            }
        }
    }
}
