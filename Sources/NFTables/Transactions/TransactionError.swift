public import Netlink

/// Why a transaction did not take effect. Nothing of it did.
public enum TransactionError: Error, Equatable, Sendable {
    /// Somebody else committed since the generation that the transaction was made for (ERESTART): read again, and
    /// retry.
    case generationChanged
    /// The kernel refused. The first refusal, and those that followed: of these some may be its consequences.
    case rejected(Rejection, following: [Rejection])
    /// The kernel could not be asked, or did not answer.
    case transport(NetlinkError)

    /// What was refused, and why.
    public struct Rejection: Equatable, Sendable {
        /// Index into ``Transaction/operations``; nil where the kernel refused the transaction as a whole.
        public var operationIndex: Int?
        /// Index into the operation's elements, where the kernel named one.
        public var elementIndex: Int?
        /// The object, for people: `element 10.0.0.1 . tcp . 80 of map frontends of table ip trama`.
        public var object: String
        /// The kernel's error number.
        public var errno: Int32
        /// What the kernel said besides.
        public var message: String?

        /// A refusal.
        public init(
            operationIndex: Int?,
            elementIndex: Int? = nil,
            object: String,
            errno: Int32,
            message: String? = nil
        ) {
            self.operationIndex = operationIndex
            self.elementIndex = elementIndex
            self.object = object
            self.errno = errno
            self.message = message
        }
    }
}

extension TransactionError: CustomStringConvertible {
    /// One line for a log.
    public var description: String {
        switch self {
        case .generationChanged: "the ruleset was changed by somebody else since it was read; read it again and retry"
        case .rejected(let first, let following):
            following.isEmpty ? "\(first)" : "\(first) (and \(following.count) more)"
        case .transport(let error): "the kernel's nftables could not be reached: \(error)"
        }
    }
}

extension TransactionError.Rejection: CustomStringConvertible {
    /// The object, and why it was refused.
    public var description: String {
        let reason = NFTablesErrno(errno)
        return "\(object): \(reason)\(message.map { " (kernel: \($0))" } ?? "")"
    }
}
