/// A key that nobody else may know: a device's private key, or one shared with a peer.
///
/// Never prints its bytes. Whoever makes one draws 32 bytes from the system's secure generator.
public struct WireGuardSecret: Sendable, Hashable {
    let key: KeyBytes

    /// A secret from its 32 bytes; nil of another number of bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard let key = KeyBytes(bytes) else { return nil }
        self.key = key
    }

    /// A secret from 44 digits of base64, as `wg genkey` prints it.
    public init?(base64 text: String) {
        guard let key = KeyBytes(base64: text) else { return nil }
        self.key = key
    }

    init(_ key: KeyBytes) {
        self.key = key
    }

    /// The 32 bytes.
    public var bytes: [UInt8] { key.bytes }

    /// Whether two private keys are the same key to WireGuard, which clamps them: bits 0 to 2 and 255 are cleared and
    /// bit 254 is set (RFC 7748, section 5, `decodeScalar25519`). A device tells the clamped one.
    func isSamePrivateKey(as other: WireGuardSecret) -> Bool {
        clamped == other.clamped
    }

    private var clamped: [UInt8] {
        var bytes = key.bytes
        bytes[0] &= 0b1111_1000
        bytes[31] = bytes[31] & 0b0111_1111 | 0b0100_0000
        return bytes
    }

    /// Whether it is the one of zeros, which stands for none.
    var isZero: Bool { key.bytes.allSatisfy { $0 == 0 } }
}

extension WireGuardSecret: CustomStringConvertible, CustomReflectable {
    /// Says only that it is a secret.
    public var description: String { "(secret)" }

    /// Nothing, so that `dump` and failed expectations do not show it either.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
