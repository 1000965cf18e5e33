import Glibc
import Netlink

/// A folder of files of one run: manifests for the proxies, and their logs.
struct RunFolder: Sendable {
    let path: String

    /// Makes the folder, which must not be there, and those above it.
    init(_ path: String) throws(NetlinkError) {
        self.path = path
        // The folder above may be removed by a run that ends just now.
        for _ in 0..<100 {
            do throws(NetlinkError) {
                try Self.make(path)
                return
            } catch {
                guard error.errno == ENOENT else { throw error }
            }
        }
        try Self.make(path)
    }

    private static func make(_ path: String) throws(NetlinkError) {
        var above = path
        var missing: [String] = []
        while let slash = above.lastIndex(of: "/"), slash != above.startIndex {
            missing.append(above)
            above = String(above[..<slash])
        }
        for folder in missing.reversed() {
            let result = unsafe mkdir(folder, 0o755)
            guard result == 0 || (errno == EEXIST && folder != path) else {
                throw NetlinkError(operation: "make folder \(folder)", errno: errno)
            }
        }
    }

    /// Writes a file whole.
    static func write(_ path: String, _ bytes: [UInt8]) throws(NetlinkError) {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw NetlinkError(operation: "write \(path)", errno: errno) }
        defer { close(file) }
        var offset = 0
        while offset < bytes.count {
            // In bounds: what of the array has not been written.
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(file, $0.baseAddress?.advanced(by: offset), $0.count - offset)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw NetlinkError(operation: "write \(path)", errno: errno) }
            offset += count
        }
    }

    /// A file's bytes; nil where it cannot be read, is no file, or is larger than the limit.
    static func read(_ path: String, limit: Int = 64 << 20) -> [UInt8]? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            // In bounds: the array's own start and size.
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= limit else { return nil }
        }
    }
}
