import Glibc

/// A folder of a test's own in memory, removed with this object and the files in it.
final class TemporaryFolder: Sendable {
    let path: String

    init() {
        var template = Array("/dev/shm/trama-attachment-XXXXXX".utf8CString)
        path = mkdtemp(&template).map { String(cString: $0) } ?? "/nonexistent"
    }

    deinit {
        for name in ["attachments", "attachments.lock", "attachments.new", "journal", "sock", "sock.lock"] {
            unlink("\(path)/\(name)")
        }
        rmdir(path)
    }

    /// The path of a file in it.
    func path(_ name: String) -> String { "\(path)/\(name)" }

    func write(_ name: String, _ text: String) {
        let file = open(path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        defer { close(file) }
        _ = Array(text.utf8).withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
    }

    func read(_ name: String) -> String {
        let file = open(path(name), O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        return Self.readAll(file)
    }

    /// Everything that a descriptor still gives.
    static func readAll(_ descriptor: Int32) -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk[..<count]
        }
    }
}
