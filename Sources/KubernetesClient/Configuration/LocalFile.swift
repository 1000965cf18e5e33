import Glibc

/// Reads small local files whole: certificates, tokens, manifests.
package enum LocalFile {
    /// A file that could not be read.
    package struct ReadError: Error, Equatable, Sendable, CustomStringConvertible {
        /// The path that was opened.
        package var path: String
        /// The `errno` of the call that failed; `EFBIG` where the file is larger than the limit.
        package var errno: Int32

        /// An error from its parts.
        package init(path: String, errno: Int32) {
            self.path = path
            self.errno = errno
        }

        /// `path: reason`.
        package var description: String { "\(path): \(String(cString: strerror(errno)))" }
    }

    /// Returns the bytes of a file.
    ///
    /// - Parameter limit: The largest size that is read, in bytes; guards against a path to something endless.
    package static func read(_ path: String, limit: Int = 64 << 20) throws(ReadError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw ReadError(path: path, errno: errno) }
        defer { close(descriptor) }

        var bytes: [UInt8] = []
        var failure: Int32 = 0
        while true {
            let chunkSize = 64 << 10
            let chunk = [UInt8](unsafeUninitializedCapacity: chunkSize) { buffer, count in
                var result: Int
                repeat {
                    // In bounds: the buffer has room for chunkSize bytes.
                    result = Glibc.read(descriptor, buffer.baseAddress, chunkSize)
                } while result < 0 && errno == EINTR
                if result < 0 { failure = errno }
                count = max(result, 0)
            }
            guard failure == 0 else { throw ReadError(path: path, errno: failure) }
            guard !chunk.isEmpty else { return bytes }
            bytes.append(contentsOf: chunk)
            guard bytes.count <= limit else { throw ReadError(path: path, errno: EFBIG) }
        }
    }
}
