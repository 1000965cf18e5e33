import Glibc

/// Reads and writes files of a few lines: configuration, `/proc`, sysctls.
package enum SmallFile {
    /// Why a file could not be read or written.
    package struct AccessError: Error, Equatable, Sendable, CustomStringConvertible {
        /// The path of the file.
        package var path: String
        /// The system's error number; `EFBIG` for a file beyond ``SmallFile/limit``.
        package var errno: Int32

        /// An error from its parts.
        package init(path: String, errno: Int32) {
            self.path = path
            self.errno = errno
        }

        /// `path: reason`.
        package var description: String { "\(path): \(String(cString: strerror(errno)))" }
    }

    /// Bytes that are read at most, in case that a path leads to something endless.
    package static let limit = 4 << 20

    /// The text of a file; bytes that are not UTF-8 are replaced.
    package static func read(_ path: String) throws(AccessError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw AccessError(path: path, errno: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw AccessError(path: path, errno: errno)
            }
            bytes += chunk[..<count]
            guard bytes.count <= limit else { throw AccessError(path: path, errno: EFBIG) }
        }
    }

    /// Replaces the content of a file by the text, in one `write(2)`, as sysctls want it.
    ///
    /// - Parameter creates: Whether the file is made if it is not there.
    package static func write(_ text: String, to path: String, creates: Bool = false) throws(AccessError) {
        let descriptor = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC | (creates ? O_CREAT : 0), 0o644)
        guard descriptor >= 0 else { throw AccessError(path: path, errno: errno) }
        defer { close(descriptor) }
        try writeAll(Array(text.utf8), to: descriptor, path: path)
    }

    /// Puts text into a file in place of what was there: after a crash there is either the old or the new, whole.
    package static func replace(_ path: String, with text: String) throws(AccessError) {
        let temporary = path + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw AccessError(path: temporary, errno: errno) }
        do {
            defer { close(descriptor) }
            try writeAll(Array(text.utf8), to: descriptor, path: temporary)
            guard fsync(descriptor) == 0 else { throw AccessError(path: temporary, errno: errno) }
        }
        guard rename(temporary, path) == 0 else { throw AccessError(path: path, errno: errno) }
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(AccessError) {
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                offset += count
            } else if errno != EINTR {
                throw AccessError(path: path, errno: errno)
            }
        }
    }
}
