import Glibc

/// An open file, closed when the value goes. Calls block.
final class Descriptor: Sendable {
    let number: Int32
    /// For errors.
    let path: String

    /// Opens a file; one that is made has mode 0600.
    ///
    /// - Parameters:
    ///   - path: Where it is.
    ///   - flags: As of open(2).
    ///   - name: The path that errors name, if another.
    init(opening path: String, _ flags: Int32, describedAs name: String? = nil) throws(StateError) {
        number = open(path, flags | O_CLOEXEC, 0o600)
        self.path = name ?? path
        guard number >= 0 else { throw StateError(path: self.path, problem: .system(operation: "open", errno: errno)) }
    }

    deinit {
        if number >= 0 { close(number) }
    }

    /// Everything from the beginning.
    func readAll(limit: Int) throws(StateError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = pread(number, &chunk, chunk.count, off_t(bytes.count))
            if count == 0 { return bytes }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw problem("read")
            }
            bytes += chunk[..<count]
            guard bytes.count <= limit else {
                throw StateError(path: path, problem: .tooLarge(byteCount: bytes.count))
            }
        }
    }

    /// Writes all of the bytes where the file's offset is.
    func append(_ bytes: [UInt8]) throws(StateError) {
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes { write(number, $0.baseAddress, $0.count) }
            if count >= 0 {
                offset += count
            } else if errno != EINTR {
                throw problem("write")
            }
        }
    }

    /// Cuts the file off, and goes on writing there.
    func truncate(to byteCount: Int) throws(StateError) {
        guard ftruncate(number, off_t(byteCount)) == 0, lseek(number, off_t(byteCount), SEEK_SET) >= 0 else {
            throw problem("truncate")
        }
    }

    /// Returns once everything written is on the disk (fdatasync(2)).
    func synchronize() throws(StateError) {
        guard fdatasync(number) == 0 else { throw problem("synchronize") }
    }

    /// Who may do what with the file, and what kind of file it is (`st_mode`).
    func mode() throws(StateError) -> UInt32 {
        var status = stat()
        guard fstat(number, &status) == 0 else { throw problem("examine") }
        return status.st_mode
    }

    private func problem(_ operation: String) -> StateError {
        StateError(path: path, problem: .system(operation: operation, errno: errno))
    }
}
