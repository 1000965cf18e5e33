/// Something in an object that is tolerated or not, as the request says: `fieldValidation=Strict`, `Warn` or `Ignore`.
///
/// Source: `sigs.k8s.io/json`, strict decoding.
public struct DecodingProblem: Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    public enum Kind: String, Sendable, Hashable {
        /// No such field is known; it is left out.
        case unknownField = "unknown field"
        /// The field is there twice; the later one counts.
        case duplicateField = "duplicate field"
    }

    /// What is wrong.
    public var kind: Kind
    /// The field, such as `spec.ports[0].prot`.
    public var path: String

    /// A problem from its parts.
    public init(_ kind: Kind, path: String) {
        self.kind = kind
        self.path = path
    }

    /// As upstream says it, in warnings too: `unknown field "spec.nope"`.
    public var description: String { "\(kind.rawValue) \(path.goQuoted)" }
}
