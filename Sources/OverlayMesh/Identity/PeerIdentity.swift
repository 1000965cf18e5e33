import Crypto
import FoundationEssentials
public import OverlayCore

/// Who this peer is, and its secrets: what the file `identity` in the state folder holds.
public struct PeerIdentity: Sendable, Hashable {
    /// Who it is.
    public var id: PeerID
    /// Its WireGuard private key (Curve25519), 32 bytes.
    public var wireGuardPrivateKey: [UInt8]
    /// The machine that it was last used on.
    public var machine: MachineFacts

    /// An identity from its parts.
    public init(id: PeerID, wireGuardPrivateKey: [UInt8], machine: MachineFacts) {
        self.id = id
        self.wireGuardPrivateKey = wireGuardPrivateKey
        self.machine = machine
    }

    /// A new identity with a new key.
    public static func random(machine: MachineFacts = .current()) -> PeerIdentity {
        var generator = SystemRandomNumberGenerator()
        return PeerIdentity(
            id: .random(using: &generator),
            wireGuardPrivateKey: Array(Curve25519.KeyAgreement.PrivateKey().rawRepresentation),
            machine: machine
        )
    }

    /// The public key that goes with ``wireGuardPrivateKey``, 32 bytes; empty if that is no key.
    public var wireGuardPublicKey: [UInt8] {
        let key = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: wireGuardPrivateKey)
        return key.map { Array($0.publicKey.rawRepresentation) } ?? []
    }
}
