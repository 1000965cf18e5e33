import Glibc

/// A folder of its own for a test, deleted with all files in it when the value goes.
final class TestFolder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/trama-mesh-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CallFailed(errno: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        if let folder = opendir(path) {
            while let entry = readdir(folder) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                unlink("\(path)/\(name)")
            }
            closedir(folder)
        }
        rmdir(path)
    }

    struct CallFailed: Error {
        var errno: Int32
    }

    /// The bytes of a file; empty if there is none.
    func bytes(of name: String) -> [UInt8] {
        guard let file = fopen("\(path)/\(name)", "r") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        return bytes
    }

    /// Writes a file with that mode.
    func write(_ bytes: [UInt8], to name: String, mode: mode_t = 0o600) {
        guard let file = fopen("\(path)/\(name)", "w") else { return }
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
        chmod("\(path)/\(name)", mode)
    }
}
