/// A peer's public key (Curve25519): who it is, as WireGuard sees it.
///
/// Prints as base64, as `wg` does.
public struct WireGuardKey: Sendable, Hashable {
    let key: KeyBytes

    /// A key from its 32 bytes; nil of another number of bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard let key = KeyBytes(bytes) else { return nil }
        self.key = key
    }

    /// The 32 bytes.
    public var bytes: [UInt8] { key.bytes }

    init(_ key: KeyBytes) {
        self.key = key
    }
}

extension WireGuardKey: LosslessStringConvertible {
    /// A key from 44 digits of base64, as `wg pubkey` prints it.
    public init?(_ text: String) {
        guard let key = KeyBytes(base64: text) else { return nil }
        self.key = key
    }

    /// 44 digits of base64.
    public var description: String { key.base64 }
}

extension WireGuardKey: Comparable {
    /// By the bytes.
    public static func < (left: WireGuardKey, right: WireGuardKey) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}
