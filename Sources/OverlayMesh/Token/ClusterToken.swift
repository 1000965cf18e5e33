import Crypto
import FoundationEssentials

/// What makes a host a member of a cluster: 32 random bytes that all of its peers share.
///
/// Whoever has it may join. It never travels: everything secret is derived from it (HKDF with SHA-256, RFC 5869), each
/// thing with its own label. Its text is `trama-` and 58 characters of base 32, the last of which are a checksum.
public struct ClusterToken: Sendable, Hashable {
    /// The secret, 32 bytes.
    let bytes: [UInt8]

    /// How many bytes a token has.
    public static let byteCount = 32

    /// A token from its bytes; nil unless there are 32.
    public init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    /// A new token, from the system's source of randomness.
    public static func random() -> ClusterToken {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<byteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        return ClusterToken(unchecked: bytes)
    }

    private init(unchecked bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// A secret of its own for one purpose: HKDF-SHA-256 over the token.
    ///
    /// - Parameters:
    ///   - label: The purpose; other labels give bytes that have nothing to do with these.
    ///   - byteCount: How many bytes; at most 8,160.
    func derived(_ label: String, byteCount: Int) -> [UInt8] {
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: bytes),
            salt: Array("trama overlay".utf8),
            info: Array(label.utf8),
            outputByteCount: byteCount
        )
        return key.withUnsafeBytes { Array($0) }
    }

    /// 16 hexadecimal digits that tell two tokens apart and tell nothing of either: for logs and status.
    public var fingerprint: String { Hexadecimal.encode(derived("fingerprint", byteCount: 8)) }

    /// The preshared key of every WireGuard session between peers, 32 bytes (WireGuard's `PresharedKey`): without the
    /// token a peer's key alone opens no session.
    public var wireGuardPresharedKey: [UInt8] { derived("wireguard preshared key", byteCount: 32) }
}
