import Netlink

/// A WireGuard device that could not be made, read or changed.
public struct WireGuardError: Error, Equatable, Sendable {
    /// What kind of failure it is, for programs.
    public enum Code: Equatable, Sendable {
        /// Neither the kernel's device nor the `wireguard-go` program is there.
        case unavailable
        /// The UDP port is somebody else's.
        case portInUse
        /// The device's name is somebody else's.
        case nameInUse
        /// The device is gone, or its process.
        case gone
        /// It did not answer in time.
        case timedOut
        /// It answered what the protocol does not allow.
        case malformed
        /// It, or the kernel, refused with this error number.
        case refused(errno: Int32)
    }

    /// What kind of failure it is.
    public var code: Code
    /// What was being done, with the object it was done to: `set peer …= of trama.wg`.
    public var operation: String
    /// Why it failed, and what to do about it.
    public var message: String

    /// An error of these parts.
    public init(_ code: Code, _ operation: String, _ message: String) {
        self.code = code
        self.operation = operation
        self.message = message
    }

    init(_ error: NetlinkError, during operation: String) {
        self.init(.refused(errno: error.errno), operation, error.description)
    }

    static func portInUse(_ port: UInt16, during operation: String) -> WireGuardError {
        WireGuardError(
            .portInUse,
            operation,
            "UDP port \(port) is in use by another program; stop it (ss -lunp names it), or configure another port"
        )
    }
}

extension WireGuardError: CustomStringConvertible {
    /// `operation: message`.
    public var description: String { "\(operation): \(message)" }
}
