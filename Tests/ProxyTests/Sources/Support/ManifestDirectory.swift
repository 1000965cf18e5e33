import FoundationEssentials
import Glibc

/// A folder for manifests that goes when the test does.
final class ManifestDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/trama-manifests-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CallFailed(call: "mkdtemp", errno: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file in place, as `cat >` does.
    func write(_ name: String, _ text: String) throws {
        let descriptor = try begin(name)
        try append(descriptor, text)
        try end(descriptor)
    }

    /// Begins to write a file, and leaves it open.
    func begin(_ name: String) throws -> Int32 {
        let descriptor = open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        guard descriptor >= 0 else { throw CallFailed(call: "open \(name)", errno: errno) }
        return descriptor
    }

    func append(_ descriptor: Int32, _ text: String) throws {
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw CallFailed(call: "write", errno: errno)
        }
    }

    func end(_ descriptor: Int32) throws { try check("close", close(descriptor)) }

    func remove(_ name: String) throws { try check("remove \(name)", Glibc.remove("\(path)/\(name)")) }

    func rename(_ old: String, to new: String) throws {
        try check("rename \(old)", Glibc.rename("\(path)/\(old)", "\(path)/\(new)"))
    }

    func makeFolder(_ name: String) throws { try check("mkdir \(name)", mkdir("\(path)/\(name)", 0o755)) }

    func link(_ name: String, to target: String) throws {
        try check("symlink \(name)", symlink(target, "\(path)/\(name)"))
    }

    func hardLink(_ name: String, to other: String) throws {
        try check("link \(name)", Glibc.link("\(path)/\(other)", "\(path)/\(name)"))
    }

    private func check(_ call: String, _ result: Int32) throws {
        guard result == 0 else { throw CallFailed(call: call, errno: errno) }
    }

    struct CallFailed: Error {
        var call: String
        var errno: Int32
    }
}
