import KubernetesAPI

/// Why a patch cannot be read or applied.
public struct PatchError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of wrong.
    public enum Reason: Sendable, Hashable {
        /// The patch is malformed (400).
        case malformed
        /// The patch does not fit the object, such as a test that fails (422).
        case inapplicable
        /// The patch is too large, or makes something too large (413).
        case tooLarge
    }

    /// What kind of wrong.
    public var reason: Reason
    /// For people.
    public var message: String

    /// An error from its parts.
    public init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    /// The message.
    public var description: String { message }

    /// What is answered.
    public var refusal: Refusal {
        switch reason {
        case .malformed: .badRequest(message)
        case .tooLarge: Refusal(.requestEntityTooLarge, "Request entity too large: \(message)")
        case .inapplicable:
            // Upstream's message says no more; the cause says which operation it was.
            Refusal(
                .invalid,
                "the server rejected our request due to an error in our request",
                details: Status.Details(causes: [Status.Cause(message: message)])
            )
        }
    }
}
