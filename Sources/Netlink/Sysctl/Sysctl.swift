import Glibc

/// The kernel's settings under `/proc/sys`; those of `net` are of one network namespace.
public enum Sysctl {
    /// Reads a setting, without the newline at its end.
    ///
    /// - Parameters:
    ///   - path: Below `/proc/sys`: `net/ipv4/ip_forward`.
    ///   - namespace: Whose setting.
    public static func read(
        path: String,
        in namespace: borrowing NetworkNamespace
    ) throws(NetlinkError) -> String {
        try namespace.enter { () throws(NetlinkError) in try read(path: path) }
    }

    /// Writes a setting.
    ///
    /// - Parameters:
    ///   - path: Below `/proc/sys`: `net/ipv4/ip_forward`.
    ///   - value: What `sysctl -w` takes after the equals sign.
    ///   - namespace: Whose setting.
    public static func write(
        path: String,
        _ value: String,
        in namespace: borrowing NetworkNamespace
    ) throws(NetlinkError) {
        try namespace.enter { () throws(NetlinkError) in try write(path: path, value) }
    }

    /// Reads a setting of the calling thread's namespace.
    public static func read(path: String) throws(NetlinkError) -> String {
        let operation = "read sysctl \(path)"
        let descriptor = try open(path, O_RDONLY, operation)
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        // In bounds: the array's own start and size. One read gives a whole setting.
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw NetlinkError(operation: operation, errno: errno) }
        var text = buffer.prefix(count)
        if text.last == UInt8(ascii: "\n") { text.removeLast() }
        return String(decoding: text, as: UTF8.self)
    }

    /// Writes a setting of the calling thread's namespace.
    public static func write(path: String, _ value: String) throws(NetlinkError) {
        let operation = "write \(value) to sysctl \(path)"
        let descriptor = try open(path, O_WRONLY, operation)
        defer { close(descriptor) }
        let bytes = Array(value.utf8)
        // In bounds: the array's own start and size. The kernel takes a setting in one write.
        let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
        guard count == bytes.count else {
            throw NetlinkError(operation: operation, errno: count < 0 ? errno : EIO)
        }
    }

    private static func open(_ path: String, _ flags: Int32, _ operation: String) throws(NetlinkError) -> Int32 {
        let descriptor = unsafe Glibc.open("/proc/sys/\(path)", flags | O_CLOEXEC)
        guard descriptor >= 0 else { throw NetlinkError(operation: operation, errno: errno) }
        return descriptor
    }
}
