/// Why the body of a request is not the object that it should be: answered with 400.
public struct ObjectDecodingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// In which way it is not.
    public enum Reason: Sendable, Hashable {
        /// It is no JSON, YAML or protobuf.
        case malformed
        /// It is an object of another kind.
        case wrongKind
        /// A field holds something of another type.
        case wrongType
        /// Fields are unknown or there twice, and the request is strict.
        case strict
    }

    /// In which way it is not.
    public var reason: Reason
    /// The whole message, as upstream's server says it: `Service in version "v1" cannot be handled as a Service: …`.
    public var message: String

    /// An error from its parts.
    public init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
