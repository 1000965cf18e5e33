import CLinux

extension RouteConnection {
    /// What ``setLink(_:_:)`` changes of a link; nil leaves a setting alone.
    public struct LinkChange: Sendable, Hashable {
        /// Whether it is up.
        public var isUp: Bool?
        /// Its name; most links must be down to be renamed.
        public var name: String?
        /// Its MTU in bytes.
        public var mtu: UInt32?
        /// Its hardware address.
        public var address: LinkLayerAddress?
        /// The ifindex of the bridge it becomes a port of; 0 takes it out.
        public var master: UInt32?
        /// The open descriptor of the namespace it moves to.
        public var namespaceDescriptor: Int32?
        /// `IFLA_IFALIAS`: free text, at most 255 bytes; the kernel takes it only here, not when a link is made.
        public var alias: String?
        /// `IFLA_GROUP`: what it has in common with others.
        public var group: UInt32?
        /// Settings of its kind; what is nil in it stays. The kernel refuses those that it cannot change in a link that is
        /// there, such as a tunnel's port.
        public var kind: LinkKind?

        /// These changes.
        public init(
            isUp: Bool? = nil,
            name: String? = nil,
            mtu: UInt32? = nil,
            address: LinkLayerAddress? = nil,
            master: UInt32? = nil,
            namespaceDescriptor: Int32? = nil,
            alias: String? = nil,
            group: UInt32? = nil,
            kind: LinkKind? = nil
        ) {
            self.isUp = isUp
            self.name = name
            self.mtu = mtu
            self.address = address
            self.master = master
            self.namespaceDescriptor = namespaceDescriptor
            self.alias = alias
            self.group = group
            self.kind = kind
        }

        /// Writes the body of an `RTM_NEWLINK` for the link of that ifindex.
        func encode(_ index: UInt32, into message: inout MessageWriter) {
            var header = ifinfomsg()
            header.ifi_index = Int32(bitPattern: index)
            if let isUp {
                header.ifi_flags = isUp ? LinkFlags.up.rawValue : 0
                header.ifi_change = LinkFlags.up.rawValue
            }
            message.fixedHeader(header)
            if let name { message.attribute(UInt16(IFLA_IFNAME), string: name) }
            if let mtu { message.attribute(UInt16(IFLA_MTU), mtu) }
            if let address { message.attribute(UInt16(IFLA_ADDRESS), bytes: address.bytes) }
            if let master { message.attribute(UInt16(IFLA_MASTER), master) }
            if let namespaceDescriptor { message.attribute(UInt16(IFLA_NET_NS_FD), namespaceDescriptor) }
            if let alias { message.attribute(UInt16(IFLA_IFALIAS), string: alias) }
            if let group { message.attribute(UInt16(IFLA_GROUP), group) }
            kind?.encode(into: &message)
        }
    }
}
