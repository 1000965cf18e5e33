import Glibc

/// Keeps a second daemon out of a network namespace, whatever its folders, ports and devices are called: the table of
/// rules and the routes' origin are the overlay's, not a daemon's.
///
/// An abstract unix socket, which belongs to the network namespace and ends with the process.
final class HostLock: Sendable {
    private let descriptor: Int32

    /// In `ss -xa`: `@trama-overlay`.
    private static let name = "trama-overlay"

    /// Takes the lock.
    ///
    /// - Throws: Where another daemon has it, or the kernel refuses.
    init() throws(OverlayStartError) {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw OverlayStartError(system: "make a unix socket", errno: errno) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // An abstract name is all bytes after a zero, to the address's end.
        let bytes = [0] + Array(Self.name.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let size = MemoryLayout<sockaddr_un>.offset(of: \.sun_path).map { $0 + bytes.count } ?? 0
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(size)) }
        }
        guard result == 0 else {
            // What is thrown in an initialiser of a class that is complete ends in `deinit`, which closes.
            guard errno == EADDRINUSE else { throw OverlayStartError(system: "bind a unix socket", errno: errno) }
            throw OverlayStartError(
                "another overlay daemon runs in this network namespace (it holds @\(Self.name)): stop it first"
            )
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }
}

/// Why the overlay cannot start on this host.
struct OverlayStartError: Error, Equatable, CustomStringConvertible {
    /// The object, the fault and the remedy.
    var description: String

    init(_ description: String) { self.description = description }

    init(system operation: String, errno: Int32) {
        description = "cannot \(operation): \(String(cString: strerror(errno)))"
    }
}
