import Addressing
import Glibc
import Netlink

/// A TCP, UDP or SCTP socket of a namespace that never blocks.
final class FlowSocket: Sendable {
    let fileDescriptor: Int32

    /// Makes a socket inside a namespace: the thread goes in, makes it, and comes back.
    init(
        _ transport: TransportProtocol,
        _ family: IPFamily,
        in namespace: borrowing NetworkNamespace
    ) throws(NetlinkError) {
        let type =
            (transport == .udp ? SOCK_DGRAM : SOCK_STREAM).rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        fileDescriptor = try namespace.enter { () throws(NetlinkError) in
            let result = socket(family == .ipv4 ? AF_INET : AF_INET6, Int32(type), Int32(transport.rawValue))
            guard result >= 0 else { throw NetlinkError(operation: "make a \(transport) socket", errno: errno) }
            return result
        }
        var on: Int32 = 1
        unsafe setsockopt(fileDescriptor, SOL_SOCKET, SO_REUSEADDR, &on, 4)
        if family == .ipv6 { unsafe setsockopt(fileDescriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, 4) }
    }

    /// Whether the kernel has the protocol: SCTP is a module that not every one has.
    static func isSupported(_ transport: TransportProtocol) -> Bool {
        guard transport == .sctp else { return true }
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), Int32(transport.rawValue))
        guard descriptor >= 0 else { return false }
        close(descriptor)
        return true
    }

    private init(owning fileDescriptor: Int32) { self.fileDescriptor = fileDescriptor }

    deinit {
        close(fileDescriptor)
    }

    /// Binds to an address and port.
    func bind(_ address: IPAddress, port: UInt16) throws(NetlinkError) {
        try check(
            unsafe SocketName(address, port).with { unsafe Glibc.bind(fileDescriptor, $0, $1) },
            "bind \(address) port \(port)"
        )
    }

    /// Sends only by this link (`SO_BINDTODEVICE`).
    func bind(toLink link: String) throws(NetlinkError) {
        // In bounds: the string's own bytes, and the zero after them.
        try check(
            unsafe setsockopt(fileDescriptor, SOL_SOCKET, 25, link, socklen_t(link.utf8.count + 1)),
            "bind to \(link)"
        )
    }

    func listen() throws(NetlinkError) {
        try check(Glibc.listen(fileDescriptor, 1024), "listen")
    }

    /// Begins to connect; `EINPROGRESS` is no error.
    func connect(to address: IPAddress, port: UInt16) throws(NetlinkError) {
        let result = unsafe SocketName(address, port).with { unsafe Glibc.connect(fileDescriptor, $0, $1) }
        guard result == 0 || errno == EINPROGRESS else { throw NetlinkError(operation: "connect", errno: errno) }
    }

    /// A connection that somebody made; nil where there is none, or none any more.
    func accept() throws(NetlinkError) -> (FlowSocket, from: IPAddress)? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        // In bounds: the structure and its size.
        let result = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.accept(fileDescriptor, $0, &size)
            }
        }
        guard result >= 0 else {
            if [EAGAIN, ECONNABORTED, EINTR].contains(errno) { return nil }
            throw NetlinkError(operation: "accept", errno: errno)
        }
        _ = fcntl(result, F_SETFL, O_NONBLOCK)
        _ = fcntl(result, F_SETFD, FD_CLOEXEC)
        let socket = FlowSocket(owning: result)
        return SocketName.read(storage).map { (socket, $0.address) }
    }

    /// Sends, to where it is connected or to `name`.
    func send(_ bytes: [UInt8], to name: SocketName? = nil) throws(NetlinkError) {
        let flags = Int32(MSG_NOSIGNAL)
        // In bounds: the array's own start and count.
        let count =
            if let name {
                unsafe name.with { unsafe sendto(fileDescriptor, bytes, bytes.count, flags, $0, $1) }
            } else {
                unsafe Glibc.send(fileDescriptor, bytes, bytes.count, flags)
            }
        guard count >= 0 else { throw NetlinkError(operation: "send", errno: errno) }
    }

    /// Receives what one call gives, with its sender where the socket is not connected.
    func receive() throws(NetlinkError) -> (bytes: ArraySlice<UInt8>, from: SocketName?) {
        var bytes = [UInt8](repeating: 0, count: 512)
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        // In bounds: the array, the structure, and their sizes.
        let count = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe recvfrom(fileDescriptor, &bytes, bytes.count, 0, $0, &size)
            }
        }
        guard count >= 0 else { throw NetlinkError(operation: "receive", errno: errno) }
        return (bytes[..<count], size > 0 ? SocketName.read(storage) : nil)
    }

    /// Takes the pending error (`SO_ERROR`); 0 where there is none.
    func takeError() -> Int32 {
        var error: Int32 = 0
        var size = socklen_t(4)
        unsafe getsockopt(fileDescriptor, SOL_SOCKET, SO_ERROR, &error, &size)
        return error
    }

    private func check(_ result: Int32, _ operation: String) throws(NetlinkError) {
        guard result >= 0 else { throw NetlinkError(operation: operation, errno: errno) }
    }
}

/// An address and a port as the socket calls take them.
struct SocketName: Sendable, Hashable {
    let address: IPAddress
    let port: UInt16

    init(_ address: IPAddress, _ port: UInt16) {
        self.address = address
        self.port = port
    }

    /// Calls `body` with a `struct sockaddr`.
    func with<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        if address.family == .ipv4 {
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = port.bigEndian
            // In bounds: four bytes of an address of four.
            unsafe withUnsafeMutableBytes(of: &name.sin_addr) { unsafe $0.copyBytes(from: address.networkBytes) }
            return unsafe withUnsafePointer(to: name) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
        var name = sockaddr_in6()
        name.sin6_family = sa_family_t(AF_INET6)
        name.sin6_port = port.bigEndian
        // In bounds: sixteen bytes of an address of sixteen.
        unsafe withUnsafeMutableBytes(of: &name.sin6_addr) { unsafe $0.copyBytes(from: address.networkBytes) }
        return unsafe withUnsafePointer(to: name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
    }

    /// What the kernel put into a `struct sockaddr_storage`.
    static func read(_ storage: sockaddr_storage) -> SocketName? {
        // In bounds: both kinds of address end well within the storage.
        unsafe withUnsafeBytes(of: storage) { bytes in
            let port = unsafe bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self).bigEndian
            let range = Int32(storage.ss_family) == AF_INET ? 4..<8 : 8..<24
            return unsafe IPAddress(networkBytes: Array(bytes[range])).map { SocketName($0, port) }
        }
    }
}
