import CLinux
import Glibc

/// Asks for and changes the links, addresses, routes and neighbours of one network namespace.
///
/// Every verb is one request that the kernel acknowledges; every list is one consistent dump.
public actor RouteConnection {
    private let executor: ThreadExecutor
    private var socket: NetlinkSocket

    /// Connects to a namespace.
    public init(in namespace: borrowing NetworkNamespace) throws(NetlinkError) {
        executor = ThreadExecutor(name: "rtnetlink")
        socket = try NetlinkSocket(.route, in: namespace)
    }

    /// Connects to the namespace of the calling thread.
    public init() throws(NetlinkError) {
        executor = ThreadExecutor(name: "rtnetlink")
        socket = try NetlinkSocket(.route)
    }

    /// The connection's own thread, where it may block.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    // MARK: Links

    /// Every link.
    public func links() throws(NetlinkError) -> [Link] {
        try dump("list links", RTM_GETLINK, ifinfomsg()) { body throws(MessageError) in try Link(body: body) }
    }

    /// The link of that name; nil where there is none.
    public func link(named name: String) throws(NetlinkError) -> Link? {
        var message = MessageWriter()
        message.message(type: UInt16(RTM_GETLINK), flags: []) { message in
            message.fixedHeader(ifinfomsg())
            message.attribute(UInt16(IFLA_IFNAME), string: name)
        }
        var link: Link?
        do throws(NetlinkError) {
            try socket.request("get link \(name)", message) { _, body throws(MessageError) in
                link = try Link(body: body)
            }
        } catch {
            guard error.errno == ENODEV else { throw error }
        }
        return link
    }

    /// Makes a link.
    ///
    /// - Parameters:
    ///   - link: The link; its `index` is 0 unless that very number is wanted.
    ///   - namespaceDescriptor: The open descriptor of the namespace it is made in; nil is this connection's.
    public func addLink(_ link: Link, namespaceDescriptor: Int32? = nil) throws(NetlinkError) {
        try change("add link \(link.name)", RTM_NEWLINK, [.create, .exclusive]) { message in
            link.encode(into: &message)
            if let namespaceDescriptor { message.attribute(UInt16(IFLA_NET_NS_FD), namespaceDescriptor) }
        }
    }

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

        /// These changes.
        public init(
            isUp: Bool? = nil,
            name: String? = nil,
            mtu: UInt32? = nil,
            address: LinkLayerAddress? = nil,
            master: UInt32? = nil,
            namespaceDescriptor: Int32? = nil
        ) {
            self.isUp = isUp
            self.name = name
            self.mtu = mtu
            self.address = address
            self.master = master
            self.namespaceDescriptor = namespaceDescriptor
        }
    }

    /// Changes a link, all of it or nothing.
    public func setLink(_ index: UInt32, _ change: LinkChange) throws(NetlinkError) {
        try self.change("set link \(index)", RTM_NEWLINK, []) { message in
            var header = ifinfomsg()
            header.ifi_index = Int32(bitPattern: index)
            if let isUp = change.isUp {
                header.ifi_flags = isUp ? LinkFlags.up.rawValue : 0
                header.ifi_change = LinkFlags.up.rawValue
            }
            message.fixedHeader(header)
            if let name = change.name { message.attribute(UInt16(IFLA_IFNAME), string: name) }
            if let mtu = change.mtu { message.attribute(UInt16(IFLA_MTU), mtu) }
            if let address = change.address { message.attribute(UInt16(IFLA_ADDRESS), bytes: address.bytes) }
            if let master = change.master { message.attribute(UInt16(IFLA_MASTER), master) }
            if let descriptor = change.namespaceDescriptor { message.attribute(UInt16(IFLA_NET_NS_FD), descriptor) }
        }
    }

    /// Deletes a link; a veth's other end goes with it.
    public func deleteLink(_ index: UInt32) throws(NetlinkError) {
        try change("delete link \(index)", RTM_DELLINK, []) { message in
            var header = ifinfomsg()
            header.ifi_index = Int32(bitPattern: index)
            message.fixedHeader(header)
        }
    }

    // MARK: Requests

    /// Sends a request made of one message.
    func change(
        _ operation: @autoclosure () -> String,
        _ type: Int,
        _ flags: MessageFlags,
        _ body: (inout MessageWriter) -> Void
    ) throws(NetlinkError) {
        var message = MessageWriter()
        message.message(type: UInt16(type), flags: flags, body)
        try socket.request(operation(), message)
    }

    /// Lists objects; the filter is in the fixed header, and in attributes.
    func dump<Value, Header: BitwiseCopyable>(
        _ operation: @autoclosure () -> String,
        _ type: Int,
        _ header: Header,
        attributes: (inout MessageWriter) -> Void = { _ in },
        decode: (RawSpan) throws(MessageError) -> Value?
    ) throws(NetlinkError) -> [Value] {
        var message = MessageWriter()
        message.message(type: UInt16(type), flags: .dump) { message in
            message.fixedHeader(header)
            attributes(&message)
        }
        return try socket.dump(operation(), message) { _, body throws(MessageError) in try decode(body) }
    }
}
