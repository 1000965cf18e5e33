/// What the daemon answers over its unix socket.
public enum ControlResponse: Sendable, Hashable {
    /// The attachment that was asked for, as it is now in the kernel.
    case attached(PodAttachment)
    /// It is done. The text is for whoever asked: lines for people, or JSON; often empty.
    case done(String)
    /// It is not.
    case failed(AttachmentError)
}
