/// Why bytes are no message, record or entry.
public enum MeshCodecError: Error, Sendable, Hashable {
    /// The bytes end within a field.
    case truncated
    /// More bytes, or more of something, than is taken.
    case tooLarge(String)
    /// A field that must be there is not.
    case missing(String)
    /// A field has a value that it cannot have.
    case invalid(String)
}

extension MeshCodecError: CustomStringConvertible {
    /// In words for a log.
    public var description: String {
        switch self {
        case .truncated: "it ends in the middle of a field"
        case .tooLarge(let field): "\(field) is too large"
        case .missing(let field): "\(field) is missing"
        case .invalid(let field): "\(field) is not valid"
        }
    }
}
