public import Glibc

/// A folder of a test's own, removed with everything in it when nobody refers to it any more.
///
/// What cannot be done is not complained of: the test finds nothing, and says so.
public final class TestFolder: Sendable {
    /// Its path, absolute.
    public let path: String

    /// An empty folder.
    ///
    /// - Parameter parent: Where it is made, such as `/dev/shm` for what is not to wait for a disk; nil for `TMPDIR`,
    ///   or else `/tmp`.
    public init(in parent: String? = nil) {
        let parent = parent ?? getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/trama-test-XXXXXX".utf8CString)
        path = mkdtemp(&template).map { String(cString: $0) } ?? "/nonexistent"
    }

    deinit { Self.remove(path) }

    /// The path of a file in it.
    public func path(_ name: String) -> String { "\(path)/\(name)" }

    /// What a file in it holds; nothing where there is none.
    public func bytes(of name: String) -> [UInt8] {
        let file = open(path(name), O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        return Self.readAll(file)
    }

    /// The same as text.
    public func text(of name: String) -> String { String(decoding: bytes(of: name), as: UTF8.self) }

    /// Everything that a descriptor still gives.
    public static func readAll(_ descriptor: Int32) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
        }
    }

    /// Writes a file anew.
    public func write(_ bytes: [UInt8], to name: String, mode: mode_t = 0o600) {
        put(bytes, to: name, at: 0, O_TRUNC)
        chmod(path(name), mode)
    }

    /// Writes a file anew.
    public func write(_ text: String, to name: String) { write(Array(text.utf8), to: name) }

    /// Writes over a part of a file.
    public func write(_ bytes: [UInt8], to name: String, at offset: Int) { put(bytes, to: name, at: offset, 0) }

    /// The permissions of a file or folder in it; 0 where there is none.
    public func mode(of name: String) -> mode_t {
        var status = stat()
        return stat(path(name), &status) == 0 ? status.st_mode & 0o777 : 0
    }

    private func put(_ bytes: [UInt8], to name: String, at offset: Int, _ flags: Int32) {
        let file = open(path(name), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, offset + written) }
            guard count > 0 else { return }
            written += count
        }
    }

    private static func remove(_ path: String) {
        guard unlink(path) != 0 else { return }
        if let folder = opendir(path) {
            while let entry = readdir(folder) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name != ".", name != ".." { remove("\(path)/\(name)") }
            }
            closedir(folder)
        }
        rmdir(path)
    }
}
