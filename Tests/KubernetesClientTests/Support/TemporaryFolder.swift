import FoundationEssentials
import Glibc
import KubernetesClient

/// A folder that goes when the test does.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/trama-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CallFailed(call: "mkdtemp", errno: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func write(_ name: String, _ text: String) throws {
        try write(name, Array(text.utf8))
    }

    func write(_ name: String, _ bytes: [UInt8], mode: mode_t = 0o644) throws {
        let descriptor = open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, mode)
        guard descriptor >= 0 else { throw CallFailed(call: "open \(name)", errno: errno) }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw CallFailed(call: "write \(name)", errno: errno)
        }
    }

    func remove(_ name: String) throws {
        guard Glibc.remove("\(path)/\(name)") == 0 else { throw CallFailed(call: "remove \(name)", errno: errno) }
    }

    func read(_ name: String) throws -> [UInt8] {
        try LocalFile.read("\(path)/\(name)")
    }

    struct CallFailed: Error {
        var call: String
        var errno: Int32
    }
}
