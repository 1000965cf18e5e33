import CLinux
import Glibc

/// Asks for and changes the links, addresses, routes and neighbours of one network namespace.
///
/// Every verb is one request that the kernel acknowledges; every list is one consistent dump.
public actor RouteConnection {
    private let executor: ThreadExecutor
    var socket: NetlinkSocket
    /// Whether the socket's receive buffer was made large enough for the answers to a batch.
    var hasRoomForAnswers = false

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

    /// Changes a link, all of it or nothing.
    public func setLink(_ index: UInt32, _ change: LinkChange) throws(NetlinkError) {
        try perform(.setLink(index, change))
    }

    /// Deletes a link; a veth's other end goes with it.
    public func deleteLink(_ index: UInt32) throws(NetlinkError) {
        try perform(.deleteLink(index))
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
