import Glibc
import Netlink

/// An open file or socket, closed with this value.
struct FileDescriptor: ~Copyable, Sendable {
    /// Its number.
    let number: Int32

    /// Takes over an open descriptor.
    init(owning number: Int32) { self.number = number }

    /// Opens a file, close-on-exec; nil where that fails, and `errno` says why.
    init?(path: String, _ flags: Int32, mode: mode_t = 0o600) {
        let number = unsafe Glibc.open(path, flags | O_CLOEXEC, mode)
        guard number >= 0 else { return nil }
        self.number = number
    }

    deinit { close(number) }

    /// Everything from the current position to the end; nil where that fails or is more than `limit` bytes, and then
    /// `errno` says why (`EFBIG` for too much).
    borrowing func readAll(limit: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            // In bounds: the array's own start and size.
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(number, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { return bytes }
            guard bytes.count + count <= limit else {
                errno = EFBIG
                return nil
            }
            bytes += chunk[..<count]
        }
    }

    /// Writes all bytes; false where that fails, and `errno` says why.
    borrowing func writeAll(_ bytes: [UInt8]) -> Bool {
        var offset = 0
        while offset < bytes.count {
            // In bounds: the slice's own start and size.
            let count = unsafe bytes[offset...].withUnsafeBytes {
                unsafe Glibc.write(number, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            offset += count
        }
        return true
    }
}

extension AttachmentError {
    /// A failed call of the C library: `write /run/x: No space left on device (errno 28)`.
    static func failed(_ operation: String, errno number: Int32 = errno) -> AttachmentError {
        AttachmentError(.inputOutput, NetlinkError(operation: operation, errno: number).description)
    }
}
