import Glibc

/// Calls on unix stream sockets, none of which blocks or is told to children.
enum UnixSocket {
    /// Where the daemon listens unless told otherwise.
    static let defaultPath = "/run/trama/overlay.sock"

    /// A socket; nil where that fails, and `errno` says why.
    static func make() -> FileDescriptor? {
        let flags = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let number = socket(AF_UNIX, flags, 0)
        return number < 0 ? nil : FileDescriptor(owning: number)
    }

    /// Calls `body` with the address of a path.
    ///
    /// - Returns: What `body` returned; -1 with `ENAMETOOLONG` where no address can hold the path (107 bytes).
    static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        // In bounds: the path and a NUL fit, as is checked first.
        let fits = unsafe withUnsafeMutableBytes(of: &address.sun_path) { buffer in
            guard bytes.count < buffer.count else { return false }
            unsafe buffer.copyBytes(from: bytes)
            return true
        }
        guard fits else {
            errno = ENAMETOOLONG
            return -1
        }
        // In bounds: the structure's own start and size.
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    /// Takes the next connection; nil where there is none, or it is gone already.
    static func accept(_ listener: Int32) -> FileDescriptor? {
        let number = Glibc.accept(listener, nil, nil)
        guard number >= 0 else { return nil }
        let connection = FileDescriptor(owning: number)
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        _ = fcntl(number, F_SETFL, O_NONBLOCK)
        return connection
    }

    /// The user at the other end (`SO_PEERCRED`: `struct ucred` is pid, uid, gid, 32 bits each); nil where the kernel
    /// does not say.
    static func peerUser(_ number: Int32) -> uid_t? {
        var credentials: [UInt32] = [0, 0, 0]
        var size = socklen_t(12)
        // In bounds: at most the array's 12 bytes are written.
        let result = unsafe getsockopt(number, SOL_SOCKET, SO_PEERCRED, &credentials, &size)
        return result == 0 && size == 12 ? credentials[1] : nil
    }

    /// What became of a read or a write.
    enum Transfer: Equatable {
        case bytes(Int)
        case wouldBlock
        case closed
    }

    /// Reads what is there, at most 64 KiB, to the end of `bytes`.
    static func receive(_ number: Int32, into bytes: inout [UInt8]) -> Transfer {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            // In bounds: the array's own start and size.
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe recv(number, $0.baseAddress, $0.count, 0) }
            if count < 0, errno == EINTR { continue }
            if count < 0 { return errno == EAGAIN ? .wouldBlock : .closed }
            guard count > 0 else { return .closed }
            bytes += chunk[..<count]
            return .bytes(count)
        }
    }

    /// Writes what the socket takes, at most 1 MiB, from `offset` on; no `SIGPIPE`.
    static func send(_ number: Int32, _ bytes: [UInt8], from offset: Int) -> Transfer {
        while true {
            let end = min(bytes.count, offset + 1 << 20)
            // In bounds: the slice's own start and size.
            let count = unsafe bytes[offset..<end].withUnsafeBytes {
                unsafe Glibc.send(number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            if count < 0 { return errno == EAGAIN ? .wouldBlock : .closed }
            return .bytes(count)
        }
    }

    /// Waits until the socket can be read or written, or is closed; false where the moment came first.
    ///
    /// - Parameter deadline: By ``Machine/monotonicMilliseconds()``.
    static func wait(_ number: Int32, for events: Int32, until deadline: Int64) -> Bool {
        while true {
            let left = deadline - Machine.monotonicMilliseconds()
            guard left > 0 else { return false }
            var entry = pollfd(fd: number, events: Int16(events), revents: 0)
            // In bounds: the one entry.
            let count = unsafe poll(&entry, 1, Int32(clamping: left))
            if count > 0 { return true }
            if count < 0, errno != EINTR { return false }
        }
    }
}
