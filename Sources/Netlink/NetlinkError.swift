import CLinux
import Glibc

/// A failed exchange with the kernel: what was asked, and what the kernel said.
public struct NetlinkError: Error, Equatable, Sendable {
    /// What was being done, with the object it was done to: `add route 10.0.0.0/24`.
    public var operation: String
    /// The kernel's error number, positive.
    public var errno: Int32
    /// The kernel's own explanation (`NLMSGERR_ATTR_MSG`), where it gave one.
    public var message: String?
    /// Where in the request the kernel saw the fault (`NLMSGERR_ATTR_OFFS`): bytes from the start of the message header.
    public var offset: UInt32?

    /// An error of these parts.
    public init(operation: String, errno: Int32, message: String? = nil, offset: UInt32? = nil) {
        self.operation = operation
        self.errno = errno
        self.message = message
        self.offset = offset
    }

    /// The same error, told as a failure of `operation`.
    public func during(_ operation: String) -> NetlinkError {
        NetlinkError(operation: operation, errno: errno, message: message, offset: offset)
    }
}

extension NetlinkError: CustomStringConvertible {
    /// `operation: text of the errno (errno N): kernel's explanation, at byte N of the request`.
    public var description: String {
        var text = "\(operation): \(Self.text(of: errno)) (errno \(errno))"
        if let message { text += ": \(message)" }
        if let offset { text += ", at byte \(offset) of the request" }
        return text
    }

    /// The C library's text for an error number: `No such file or directory`.
    private static func text(of errno: Int32) -> String {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
            guard let base = buffer.baseAddress else { return "error" }
            // In bounds: the shim writes at most `count` bytes and terminates them.
            unsafe clinux_error_text(errno, base, buffer.count)
            return unsafe String(cString: base)
        }
    }
}

extension NetlinkError {
    /// Whether the object is not there, or the link that it would be on: `ENOENT`, `ESRCH`, `ENODEV`, `EADDRNOTAVAIL`.
    public var isMissing: Bool { [ENOENT, ESRCH, ENODEV, EADDRNOTAVAIL].contains(errno) }

    /// Whether something is in the object's place (`EEXIST`).
    public var isExisting: Bool { errno == EEXIST }
}
