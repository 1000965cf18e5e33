/// What a peer wants of the paths of its pods' packets (`--encryption`).
///
/// Between two peers the stricter of their policies holds.
public enum EncryptionPolicy: UInt8, Sendable, Hashable, CaseIterable, Comparable {
    /// VXLAN; the encrypted path only where VXLAN does not get through.
    case off = 0
    /// The encrypted path; VXLAN only where the encrypted path does not get through, or the other peer has none.
    case prefer = 1
    /// The encrypted path or none: no pod packet ever leaves in plain text.
    case require = 2

    /// By strictness.
    public static func < (left: EncryptionPolicy, right: EncryptionPolicy) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension EncryptionPolicy: LosslessStringConvertible {
    /// The word that users write: `off`, `prefer`, `require`.
    public var description: String {
        switch self {
        case .off: "off"
        case .prefer: "prefer"
        case .require: "require"
        }
    }

    /// A policy from the word that users write.
    public init?(_ text: String) {
        guard let policy = Self.allCases.first(where: { $0.description == text }) else { return nil }
        self = policy
    }
}
