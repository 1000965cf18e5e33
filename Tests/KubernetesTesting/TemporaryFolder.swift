import FoundationEssentials
package import Glibc
import KubernetesClient

/// A folder that goes when the test does; what is done in it is done with single system calls.
package final class TemporaryFolder: Sendable {
    /// Its path, absolute.
    package let path: String

    /// An empty folder.
    package init() throws {
        var template = Array("/tmp/trama-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CallFailed(call: "mkdtemp", errno: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file in place, as `cat >` does.
    package func write(_ name: String, _ text: String) throws {
        try write(name, Array(text.utf8))
    }

    /// Writes a file in place, as `cat >` does.
    package func write(_ name: String, _ bytes: [UInt8], mode: mode_t = 0o644) throws {
        let descriptor = try begin(name, mode: mode)
        try append(descriptor, bytes)
        try end(descriptor)
    }

    /// Begins to write a file, and leaves it open.
    package func begin(_ name: String, mode: mode_t = 0o644) throws -> Int32 {
        let descriptor = open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        try check("open \(name)", descriptor)
        return descriptor
    }

    /// Writes more into a file that is open.
    package func append(_ descriptor: Int32, _ bytes: [UInt8]) throws {
        try check("write", Int32(Glibc.write(descriptor, bytes, bytes.count)))
    }

    /// Closes a file.
    package func end(_ descriptor: Int32) throws { try check("close", close(descriptor)) }

    /// Reads a file.
    package func read(_ name: String) throws -> [UInt8] { try LocalFile.read("\(path)/\(name)") }

    /// Removes a file or an empty folder.
    package func remove(_ name: String) throws { try check("remove \(name)", Glibc.remove("\(path)/\(name)")) }

    /// Gives a file or folder another name.
    package func rename(_ old: String, to new: String) throws {
        try check("rename \(old)", Glibc.rename("\(path)/\(old)", "\(path)/\(new)"))
    }

    /// Makes a folder inside.
    package func makeFolder(_ name: String) throws { try check("mkdir \(name)", mkdir("\(path)/\(name)", 0o755)) }

    /// Makes a symbolic link.
    package func link(_ name: String, to target: String) throws {
        try check("symlink \(name)", symlink(target, "\(path)/\(name)"))
    }

    /// Gives a file one more name.
    package func hardLink(_ name: String, to other: String) throws {
        try check("link \(name)", Glibc.link("\(path)/\(other)", "\(path)/\(name)"))
    }

    private func check(_ call: String, _ result: Int32) throws {
        guard result >= 0 else { throw CallFailed(call: call, errno: errno) }
    }

    /// A system call that failed.
    package struct CallFailed: Error {
        var call: String
        var errno: Int32
    }
}
