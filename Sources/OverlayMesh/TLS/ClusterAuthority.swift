import Crypto
import FoundationEssentials
public import OverlayCore
import SwiftASN1
import X509

/// The certificate authority of a cluster, which every peer has for itself: its P-256 key follows from the token.
///
/// So a peer's certificate shows that whoever made it knows the token, and nothing more: any member can make one for
/// any name.
public struct ClusterAuthority: Sendable {
    private let key: P256.Signing.PrivateKey
    private let name: DistinguishedName
    /// Its own certificate, in DER. The signature differs from peer to peer; key and name are the same.
    let certificate: [UInt8]

    /// The time that certificates are backdated by, since clocks differ.
    static let clockTolerance: Duration = .seconds(86_400)
    /// How long a peer's certificate lasts from when it is made.
    static let lifetime: Duration = .seconds(7 * 86_400)

    /// The authority that follows from the token.
    ///
    /// - Throws: What the cryptographic library says; no token is known for which it does.
    public init(token: ClusterToken) throws {
        key = try Self.key(from: token)
        name = try DistinguishedName { CommonName("trama cluster \(token.fingerprint)") }
        // It is the same key for as long as there is the token: no reason to end.
        let certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: .init(key.publicKey),
            notValidBefore: Date(timeIntervalSince1970: 0),
            notValidAfter: Date(timeIntervalSince1970: 253_402_300_799),  // RFC 5280, 4.1.2.5: the last that there is
            issuer: name,
            subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true))
            },
            issuerPrivateKey: .init(key)
        )
        self.certificate = try certificate.serialized()
    }

    /// The first scalar in the range of P-256 private keys that HKDF yields; all but one in 2^32 are.
    private static func key(from token: ClusterToken) throws -> P256.Signing.PrivateKey {
        var attempt = 0
        while true {
            let scalar = token.derived("authority p-256 key \(attempt)", byteCount: 32)
            do {
                return try P256.Signing.PrivateKey(rawRepresentation: scalar)
            } catch {
                attempt += 1
                guard attempt < 8 else { throw error }
            }
        }
    }

    /// Makes a certificate with a new key for a peer.
    ///
    /// - Parameters:
    ///   - peer: Whom it names.
    ///   - time: The present, in seconds since 1970.
    public func issue(for peer: PeerID, at time: Int64) throws -> PeerCertificate {
        let leafKey = P256.Signing.PrivateKey()
        let start = time - Self.clockTolerance.components.seconds
        let end = time + Self.lifetime.components.seconds
        let certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: .init(leafKey.publicKey),
            notValidBefore: Date(timeIntervalSince1970: Double(start)),
            notValidAfter: Date(timeIntervalSince1970: Double(end)),
            issuer: name,
            subject: DistinguishedName { CommonName("\(peer)") },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth, .clientAuth])
            },
            issuerPrivateKey: .init(key)
        )
        return PeerCertificate(
            peer: peer,
            certificate: try certificate.serialized(),
            privateKey: Array(leafKey.derRepresentation),
            renewal: time + Self.lifetime.components.seconds / 7
        )
    }

    /// Whom a certificate names, if this authority made it and it is valid at that time.
    ///
    /// - Parameters:
    ///   - certificate: The peer's certificate, in DER.
    ///   - time: The present, in seconds since 1970.
    public func verify(_ certificate: [UInt8], at time: Int64) throws(CertificateProblem) -> PeerID {
        // What says the same in other bytes was written by nobody of ours.
        guard let parsed = try? Certificate(derEncoded: certificate), (try? parsed.serialized()) == certificate,
            Self.hasWholeSignature(certificate)
        else { throw .unreadable }
        guard parsed.issuer == name,
            Certificate.PublicKey(key.publicKey).isValidSignature(parsed.signature, for: parsed)
        else { throw .otherToken }
        let start = parsed.notValidBefore.timeIntervalSince1970
        let end = parsed.notValidAfter.timeIntervalSince1970
        guard Double(time) >= start else { throw .fromTheFuture }
        guard Double(time) <= end else { throw .expired }
        guard let peer = parsed.subject.commonName.flatMap({ PeerID($0) }) else { throw .unreadable }
        return peer
    }
}

extension ClusterAuthority {
    /// Whether the signature, the last of a certificate's three parts, is of whole bytes: one that ends in a zero is read as
    /// the same where it says that its last bit does not count.
    private static func hasWholeSignature(_ certificate: [UInt8]) -> Bool {
        guard let root = try? DER.parse(certificate), case .constructed(let parts) = root.content else { return false }
        var last: ASN1Node?
        for part in parts { last = part }
        return last.flatMap { try? ASN1BitString(derEncoded: $0) }?.paddingBits == 0
    }
}

extension Certificate {
    fileprivate func serialized() throws -> [UInt8] {
        var serializer = DER.Serializer()
        try serializer.serialize(self)
        return serializer.serializedBytes
    }
}

extension DistinguishedName {
    /// The value of the one attribute there is, if that is a common name.
    fileprivate var commonName: String? {
        guard count == 1, let attribute = first?.first, attribute.type == .RDNAttributeType.commonName else {
            return nil
        }
        return String(attribute.value)
    }
}
