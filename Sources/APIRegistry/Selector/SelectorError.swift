/// Why a selector is none, in the words of kube-apiserver.
public struct SelectorError: Error, Sendable, Hashable, CustomStringConvertible {
    /// For people; the message of the refusal (400).
    public var message: String

    /// An error from its message.
    public init(_ message: String) {
        self.message = message
    }

    /// The message.
    public var description: String { message }
}

extension SelectorError {
    /// The answer to a request with such a selector.
    public var refusal: Refusal { .badRequest(message) }
}
