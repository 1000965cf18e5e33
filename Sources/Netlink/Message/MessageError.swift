import Glibc

/// Bytes that are not what netlink's framing, or an attribute's type, promises.
public enum MessageError: Error, Equatable, Sendable {
    /// A length is shorter than its header, or runs past the end.
    case truncated(at: Int)
    /// The attribute's payload does not have the size of its type.
    case wrongSize(attribute: UInt16, byteCount: Int)

    /// The error at a module's edge.
    func during(_ operation: String) -> NetlinkError {
        let message =
            switch self {
            case .truncated(let position): "the kernel's message is cut short at byte \(position)"
            case .wrongSize(let type, let count): "attribute \(type) has \(count) bytes, which its type does not allow"
            }
        return NetlinkError(operation: operation, errno: EBADMSG, message: message)
    }
}
