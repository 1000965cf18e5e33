import Glibc
import Netlink

/// Looks whether a UDP port is bound.
enum UDPPort {
    /// Whether any socket of the namespace is bound to the port, at whatever address.
    static func isBound(_ port: UInt16, in namespace: borrowing NetworkNamespace) throws(NetlinkError) -> Bool {
        try namespace.enter { () throws(NetlinkError) in
            for family in ["udp", "udp6"] {
                guard let text = try read("/proc/thread-self/net/\(family)") else { continue }
                if contains(port, text) { return true }
            }
            return false
        }
    }

    /// Whether a table of `/proc/net` has a local address with that port: `12: 00000000:1A7F 00000000:0000 07 …`.
    static func contains(_ port: UInt16, _ table: [UInt8]) -> Bool {
        for line in table.split(separator: UInt8(ascii: "\n")).dropFirst() {
            let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
            guard fields.count == 3, let colon = fields[1].lastIndex(of: UInt8(ascii: ":")) else { continue }
            let digits = String(decoding: fields[1][fields[1].index(after: colon)...], as: UTF8.self)
            if UInt16(digits, radix: 16) == port { return true }
        }
        return false
    }

    /// The content of a file of `/proc`; nil where it is not there, as without IPv6.
    private static func read(_ path: String) throws(NetlinkError) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw NetlinkError(operation: "read \(path)", errno: errno)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            // In bounds: the array's own start and size.
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw NetlinkError(operation: "read \(path)", errno: errno) }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
        }
    }
}
