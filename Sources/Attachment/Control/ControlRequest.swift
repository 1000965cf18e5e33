/// What a program asks of the daemon over its unix socket.
public enum ControlRequest: Sendable, Hashable {
    /// Join a container to a network; answered by ``ControlResponse/attached(_:)``.
    case attach(AttachRequest)
    /// Take a container's interface away, and free its addresses; done also where there is none.
    case detach(AttachmentKey)
    /// Say whether an attachment is as it was made.
    case check(AttachmentKey)
    /// Say whether containers can be attached now.
    case ready
    /// The store was changed by another program: look at it again.
    case attachmentsChanged
    /// Anything else: a verb of the command line.
    case command(ControlCommand)
}

/// A verb of the command line with its arguments, for the daemon to make sense of.
public struct ControlCommand: Sendable, Hashable {
    /// `connect`, `network create`.
    public var verb: String
    /// What stands after it.
    public var arguments: [String]
    /// What was said with flags, by their names without dashes.
    public var options: [String: String]

    /// A command from its parts.
    public init(_ verb: String, _ arguments: [String] = [], options: [String: String] = [:]) {
        self.verb = verb
        self.arguments = arguments
        self.options = options
    }
}
