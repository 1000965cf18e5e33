import Glibc
import Netlink

/// A folder of a test's own, removed with this object.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws(NetlinkError) {
        var template = Array("/tmp/trama-test-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw NetlinkError(operation: "make a folder", errno: errno) }
        path = String(cString: made)
    }

    deinit {
        Self.removeAll(path)
    }

    /// The path of a file in it.
    func path(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file, in place.
    func write(_ name: String, _ text: String) throws(NetlinkError) {
        let file = open(path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw NetlinkError(operation: "write \(path(name))", errno: errno) }
        defer { close(file) }
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 else { throw NetlinkError(operation: "write \(path(name))", errno: errno) }
            offset += count
        }
    }

    func read(_ name: String) throws(NetlinkError) -> String { try Self.read(path(name)) }

    /// The content of any file.
    static func read(_ path: String) throws(NetlinkError) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw NetlinkError(operation: "read \(path)", errno: errno) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    func rename(_ name: String, to other: String) throws(NetlinkError) {
        guard Glibc.rename(path(name), path(other)) == 0 else {
            throw NetlinkError(operation: "rename \(path(name))", errno: errno)
        }
    }

    func remove(_ name: String) throws(NetlinkError) {
        guard unlink(path(name)) == 0 else { throw NetlinkError(operation: "remove \(path(name))", errno: errno) }
    }

    private static func removeAll(_ path: String) {
        for name in (try? names(in: path)) ?? [] where unlink("\(path)/\(name)") != 0 { removeAll("\(path)/\(name)") }
        rmdir(path)
    }

    private static func names(in path: String) throws(NetlinkError) -> [String] {
        guard let directory = opendir(path) else { throw NetlinkError(operation: "list \(path)", errno: errno) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
