import CLinux
import Glibc

/// An address of a socket, of either family.
package struct SocketAddress {
    private var storage = sockaddr_storage()
    private var length = socklen_t(MemoryLayout<sockaddr_storage>.size)

    init() {}

    /// An address from its bytes in network order: four of them, or sixteen.
    package init(bytes: [UInt8], port: UInt16) {
        if bytes.count == 4 {
            var value = sockaddr_in()
            value.sin_family = sa_family_t(AF_INET)
            value.sin_port = port.bigEndian
            // In bounds: four bytes each.
            unsafe withUnsafeMutableBytes(of: &value.sin_addr) { unsafe $0.copyBytes(from: bytes) }
            set(value)
        } else {
            var value = sockaddr_in6()
            value.sin6_family = sa_family_t(AF_INET6)
            value.sin6_port = port.bigEndian
            // In bounds: sixteen bytes each.
            unsafe withUnsafeMutableBytes(of: &value.sin6_addr) { unsafe $0.copyBytes(from: bytes.prefix(16)) }
            set(value)
        }
    }

    /// A socket that is being connected there: writable when it is, or has failed. The caller closes it.
    package func connect() throws(LauncherError) -> Int32 {
        let descriptor = socket(Int32(storage.ss_family), Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw LauncherError("make a socket", errno: errno) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = clinux_set_nonblocking(descriptor)
        var copy = self
        let result = unsafe copy.withPointer { pointer, length in unsafe Glibc.connect(descriptor, pointer, length) }
        guard result == 0 || errno == EINPROGRESS else {
            let number = errno
            close(descriptor)
            throw LauncherError("dial tcp \(text): connect", errno: number)
        }
        return descriptor
    }

    /// A socket that listens on a port of all addresses of both families, or of IPv4 where there is no IPv6.
    static func bind(port: UInt16, type: Int32) throws(LauncherError) -> Int32 {
        for family in [AF_INET6, AF_INET] {
            let descriptor = socket(family, type, 0)
            guard descriptor >= 0 else { continue }
            var (on, off): (Int32, Int32) = (1, 0)
            let size = socklen_t(MemoryLayout<Int32>.size)
            // In bounds: one number each.
            _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
            var address = SocketAddress()
            if family == AF_INET6 {
                _ = unsafe setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &off, size)
                var value = sockaddr_in6()
                value.sin6_family = sa_family_t(AF_INET6)
                value.sin6_port = port.bigEndian
                address.set(value)
            } else {
                var value = sockaddr_in()
                value.sin_family = sa_family_t(AF_INET)
                value.sin_port = port.bigEndian
                address.set(value)
            }
            let isBound =
                unsafe address.withPointer { pointer, length in unsafe Glibc.bind(descriptor, pointer, length) } == 0
            if isBound, type != Int32(SOCK_STREAM.rawValue) || listen(descriptor, 512) == 0 {
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                _ = clinux_set_nonblocking(descriptor)
                return descriptor
            }
            let number = errno
            close(descriptor)
            guard family == AF_INET6, number == EADDRNOTAVAIL else {
                throw LauncherError("listen on port \(port)", errno: number)
            }
        }
        throw LauncherError("listen on port \(port)", errno: errno)
    }

    /// The socket's own address.
    static func local(of descriptor: Int32) -> SocketAddress {
        var address = SocketAddress()
        _ = unsafe address.withMutablePointer { pointer, length in unsafe getsockname(descriptor, pointer, length) }
        return address
    }

    /// Accepts a connection, of which this becomes the peer; -1 where there is none.
    mutating func accept(_ listener: Int32) -> Int32 {
        unsafe withMutablePointer { pointer, length in unsafe Glibc.accept(listener, pointer, length) }
    }

    /// Receives a packet, of which this becomes the sender.
    mutating func receive(_ descriptor: Int32) -> [UInt8]? {
        var payload = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe withMutablePointer { pointer, length in
            // In bounds: the array's own start and size.
            unsafe payload.withUnsafeMutableBytes {
                unsafe recvfrom(descriptor, $0.baseAddress, $0.count, 0, pointer, length)
            }
        }
        guard count >= 0 else { return nil }
        payload.removeLast(payload.count - count)
        return payload
    }

    /// Sends a packet there; what does not fit is cut.
    func send(_ payload: [UInt8], _ descriptor: Int32) {
        var copy = self
        let payload = Array(payload.prefix(65_000))
        _ = unsafe copy.withPointer { pointer, length in
            // In bounds: the array's own start and size.
            unsafe payload.withUnsafeBytes {
                unsafe sendto(descriptor, $0.baseAddress, $0.count, 0, pointer, length)
            }
        }
    }

    /// `10.1.0.5:8080`, `[fd00::5]:8080`; IPv4 addresses in IPv6's clothes are IPv4.
    var text: String {
        var host = [CChar](repeating: 0, count: 64)
        var port = [CChar](repeating: 0, count: 16)
        var copy = self
        let result = unsafe copy.withPointer { pointer, length in
            // In bounds: the arrays' own starts and sizes.
            unsafe getnameinfo(
                pointer,
                length,
                &host,
                socklen_t(host.count),
                &port,
                socklen_t(port.count),
                Int32(NI_NUMERICHOST | NI_NUMERICSERV)
            )
        }
        guard result == 0 else { return "unknown" }
        let name = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let number = String(decoding: port.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        if name.hasPrefix("::ffff:"), name.contains(".") { return "\(name.dropFirst(7)):\(number)" }
        return name.contains(":") ? "[\(name)]:\(number)" : "\(name):\(number)"
    }

    private mutating func set<Value>(_ value: Value) {
        // In bounds: `sockaddr_storage` has room for the address of any family.
        unsafe withUnsafeMutableBytes(of: &storage) { unsafe $0.storeBytes(of: value, as: Value.self) }
        length = socklen_t(MemoryLayout<Value>.size)
    }

    private mutating func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        let length = length
        // In bounds: `length` is at most the storage's size, and every address begins like `sockaddr`.
        return unsafe withUnsafePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, length) }
        }
    }

    private mutating func withMutablePointer<Result>(
        _ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Result
    ) -> Result {
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        // In bounds: the call is told the storage's size, and every address begins like `sockaddr`.
        let result = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, &length) }
        }
        self.length = min(length, socklen_t(MemoryLayout<sockaddr_storage>.size))
        return result
    }
}
