import Addressing
import Glibc
import Netlink

/// An IP address and a port.
struct SocketAddress: Sendable, Equatable {
    let address: IPAddress
    let port: UInt16

    init(_ address: IPAddress, _ port: UInt16) {
        self.address = address
        self.port = port
    }

    /// The address without the port.
    var text: String { address.description }

    /// Calls `body` with it as a `struct sockaddr`.
    func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var storage = sockaddr_storage()
        return withUnsafeMutableBytes(of: &storage) { bytes in
            var family = sa_family_t(address.family == .ipv4 ? AF_INET : AF_INET6)
            withUnsafeBytes(of: &family) { bytes.copyMemory(from: $0) }
            bytes.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self)
            // sin_addr follows the port; sin6_addr follows the flow label.
            let offset = address.family == .ipv4 ? 4 : 8
            for (index, byte) in address.networkBytes.enumerated() { bytes[offset + index] = byte }
            let size = address.family == .ipv4 ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
            return bytes.withMemoryRebound(to: sockaddr.self) { rebound in
                guard let base = rebound.baseAddress else { preconditionFailure("a structure has an address") }
                return body(UnsafePointer(base), socklen_t(size))
            }
        }
    }

    /// Reads what the kernel put into a `struct sockaddr_storage`.
    init?(_ storage: sockaddr_storage) {
        let family = Int32(storage.ss_family)
        var storage = storage
        let parsed = withUnsafeBytes(of: &storage) { bytes -> (IPAddress, UInt16)? in
            let port = bytes.load(fromByteOffset: 2, as: UInt16.self).bigEndian
            let range = family == AF_INET ? 4..<8 : 8..<24
            return IPAddress(networkBytes: bytes[range]).map { ($0, port) }
        }
        guard let (address, port) = parsed else { return nil }
        self.init(address, port)
    }
}

/// A TCP, UDP or SCTP socket of a namespace.
final class TestSocket: Sendable {
    let fileDescriptor: Int32
    let transport: TransportProtocol
    let family: IPFamily

    init(
        _ transport: TransportProtocol,
        _ family: IPFamily,
        in namespace: borrowing NetworkNamespace
    ) throws(NetlinkError) {
        fileDescriptor = try namespace.enter { () throws(NetlinkError) in
            let type = (transport == .udp ? SOCK_DGRAM : SOCK_STREAM).rawValue | SOCK_CLOEXEC.rawValue
            let result = socket(family == .ipv4 ? AF_INET : AF_INET6, Int32(type), Int32(transport.rawValue))
            return try Self.check(result, "make a socket")
        }
        self.transport = transport
        self.family = family
        var on: Int32 = 1
        setsockopt(fileDescriptor, SOL_SOCKET, SO_REUSEADDR, &on, 4)
        if family == .ipv6 { setsockopt(fileDescriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, 4) }
    }

    private init(owning fileDescriptor: Int32, _ transport: TransportProtocol, _ family: IPFamily) {
        self.fileDescriptor = fileDescriptor
        self.transport = transport
        self.family = family
    }

    deinit {
        close(fileDescriptor)
    }

    /// Binds to a port of any of the host's addresses.
    func bind(port: UInt16) throws(NetlinkError) {
        let any = SocketAddress(family == .ipv4 ? .v4(0) : .v6(high: 0, low: 0), port)
        try Self.check(any.withSockaddr { Glibc.bind(fileDescriptor, $0, $1) }, "bind port \(port)")
    }

    func listen() throws(NetlinkError) {
        try Self.check(Glibc.listen(fileDescriptor, 128), "listen")
    }

    func connect(to target: SocketAddress) throws(NetlinkError) {
        try Self.check(target.withSockaddr { Glibc.connect(fileDescriptor, $0, $1) }, "connect to \(target.text)")
    }

    /// Bounds connecting, sending and receiving.
    func setTimeout(_ timeout: Duration) throws(NetlinkError) {
        let (seconds, attoseconds) = timeout.components
        var value = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
        let size = socklen_t(MemoryLayout<timeval>.size)
        try Self.check(setsockopt(fileDescriptor, SOL_SOCKET, SO_SNDTIMEO, &value, size), "set a timeout")
        try Self.check(setsockopt(fileDescriptor, SOL_SOCKET, SO_RCVTIMEO, &value, size), "set a timeout")
    }

    /// The port it is bound to.
    func localPort() throws(NetlinkError) -> UInt16 {
        let (_, address) = try Self.address { getsockname(fileDescriptor, $0, $1) }
        return address?.port ?? 0
    }

    func accept() throws(NetlinkError) -> (TestSocket, client: SocketAddress) {
        let (descriptor, client) = try Self.address { Glibc.accept(fileDescriptor, $0, $1) }
        let connection = TestSocket(owning: Int32(descriptor), transport, family)
        guard let client else { throw NetlinkError(operation: "accept", errno: EAFNOSUPPORT) }
        return (connection, client)
    }

    /// Sends to `target`, or to where it is connected.
    func send(_ text: String, to target: SocketAddress?) throws(NetlinkError) {
        try send(Array(text.utf8), to: target)
    }

    /// Sends bytes to `target`, or to where it is connected.
    func send(_ bytes: [UInt8], to target: SocketAddress?) throws(NetlinkError) {
        let flags = Int32(MSG_NOSIGNAL)
        let count =
            target.map { target in
                target.withSockaddr { sendto(fileDescriptor, bytes, bytes.count, flags, $0, $1) }
            } ?? Glibc.send(fileDescriptor, bytes, bytes.count, flags)
        try Self.check(Int32(clamping: count), "send")
    }

    /// Receives what one call gives, with its sender (UDP).
    func receive() throws(NetlinkError) -> (text: String, from: SocketAddress) {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let (count, sender) = try Self.address { address, size in
            recvfrom(fileDescriptor, &bytes, bytes.count, 0, address, size)
        }
        let nobody = SocketAddress(.v4(0), 0)
        return (String(decoding: bytes[..<count], as: UTF8.self), sender ?? nobody)
    }

    /// Makes a call that fills a `struct sockaddr`.
    private static func address<Count: BinaryInteger>(
        _ call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Count
    ) throws(NetlinkError) -> (Int, SocketAddress?) {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Int(call($0, &size)) }
        }
        guard result >= 0 else { throw NetlinkError(operation: "use a socket", errno: errno) }
        return (result, size > 0 ? SocketAddress(storage) : nil)
    }

    @discardableResult
    private static func check(_ result: Int32, _ operation: String) throws(NetlinkError) -> Int32 {
        guard result >= 0 else { throw NetlinkError(operation: operation, errno: errno) }
        return result
    }
}
