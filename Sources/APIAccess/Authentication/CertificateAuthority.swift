import Crypto
import FoundationEssentials
public import KubernetesAPI
import SwiftASN1
import X509

/// The authority that servers and clients of a cluster are recognized by.
public struct CertificateAuthority: Sendable {
    private let key: Certificate.PrivateKey
    private let certificate: Certificate

    /// How long an authority lasts: ten years, as kubeadm's.
    public static let lifetime: Duration = .seconds(3650 * 86_400)
    /// How long what it signs lasts: a year, as kubeadm's.
    public static let leafLifetime: Duration = .seconds(365 * 86_400)
    /// By how much certificates are backdated, since clocks differ.
    static let clockTolerance: Duration = .seconds(300)

    /// Makes a new authority with a new key (P-256).
    ///
    /// - Parameters:
    ///   - name: Its common name, such as `kubernetes`.
    ///   - now: The present.
    public init(name: String, now: Timestamp) throws(CertificateError) {
        do {
            let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
            let subject = try DistinguishedName { CommonName(name) }
            certificate = try Certificate(
                version: .v3,
                serialNumber: Certificate.SerialNumber(),
                publicKey: key.publicKey,
                notValidBefore: now.advanced(by: .zero - Self.clockTolerance).date,
                notValidAfter: now.advanced(by: Self.lifetime).date,
                issuer: subject,
                subject: subject,
                signatureAlgorithm: .ecdsaWithSHA256,
                extensions: Certificate.Extensions {
                    Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                    Critical(KeyUsage(digitalSignature: true, keyCertSign: true, cRLSign: true))
                    SubjectKeyIdentifier(hash: key.publicKey)
                },
                issuerPrivateKey: key
            )
            self.key = key
        } catch {
            throw CertificateError(subject: name, reason: "cannot be made: \(error)")
        }
    }

    /// An authority from its certificate and key in PEM, made by `trama control-plane init`, kubeadm or openssl.
    public init(certificatePEM: String, keyPEM: String) throws(CertificateError) {
        do {
            certificate = try Certificate(pemEncoded: certificatePEM)
            key = try Certificate.PrivateKey(pemEncoded: keyPEM)
        } catch {
            throw CertificateError(
                subject: "the authority",
                reason: "is not a certificate and its key in PEM: \(error)"
            )
        }
        guard key.publicKey == certificate.publicKey else {
            throw CertificateError(subject: "the authority", reason: "has a certificate of another key")
        }
    }

    /// The authority's certificate in PEM.
    public var certificatePEM: String {
        get throws(CertificateError) { try Self.pem(of: certificate) }
    }

    /// The authority's key in PEM: whoever has it can be anybody.
    public var keyPEM: String {
        get throws(CertificateError) { try Self.pem(of: key) }
    }

    /// What a certificate is for.
    public enum Purpose: Sendable, Hashable {
        /// A server, reached under these names and addresses.
        case server(names: [String], addresses: [[UInt8]])
        /// A client that is this user, in these groups.
        case client(user: String, groups: [String])
        /// A node of that name: a client as `system:node:NAME` in `system:nodes`, and a server under its name and these
        /// addresses.
        case node(name: String, addresses: [[UInt8]])
    }

    /// A certificate with its key, in PEM.
    public struct Leaf: Sendable, Hashable {
        /// The certificate.
        public var certificatePEM: String
        /// The key.
        public var keyPEM: String

        /// A certificate and its key.
        public init(certificatePEM: String, keyPEM: String) {
            self.certificatePEM = certificatePEM
            self.keyPEM = keyPEM
        }
    }

    /// Makes a certificate with a new key.
    ///
    /// - Parameters:
    ///   - purpose: What for.
    ///   - commonName: Of a server; a client's and a node's is its user.
    ///   - now: The present.
    public func issue(
        _ purpose: Purpose,
        commonName: String = "kube-apiserver",
        now: Timestamp
    ) throws(CertificateError) -> Leaf {
        let name =
            switch purpose {
            case .client(let user, _): user
            case .node(let name, _): "system:node:\(name)"
            case .server: commonName
            }
        do {
            let leafKey = Certificate.PrivateKey(P256.Signing.PrivateKey())
            let leaf = try Certificate(
                version: .v3,
                serialNumber: Certificate.SerialNumber(),
                publicKey: leafKey.publicKey,
                notValidBefore: now.advanced(by: .zero - Self.clockTolerance).date,
                notValidAfter: now.advanced(by: Self.leafLifetime).date,
                issuer: certificate.subject,
                subject: try Self.subject(purpose, commonName: name),
                signatureAlgorithm: .ecdsaWithSHA256,
                extensions: try Self.extensions(purpose, authority: key.publicKey),
                issuerPrivateKey: key
            )
            return Leaf(certificatePEM: try Self.pem(of: leaf), keyPEM: try Self.pem(of: leafKey))
        } catch {
            throw CertificateError(subject: name, reason: "cannot be signed: \(error)")
        }
    }

    // MARK: What was made before

    /// Whether it signed the certificate, and the certificate counts at that time.
    public func vouches(for certificatePEM: String, at time: Timestamp) -> Bool {
        guard let leaf = try? Certificate(pemEncoded: certificatePEM), leaf.issuer == certificate.subject,
            key.publicKey.isValidSignature(leaf.signature, for: leaf)
        else { return false }
        return leaf.notValidBefore <= time.date && time.date <= leaf.notValidAfter
    }

    /// Whether a server's certificate has all these names and addresses.
    public static func covers(_ certificatePEM: String, names: [String], addresses: [[UInt8]]) -> Bool {
        guard let leaf = try? Certificate(pemEncoded: certificatePEM),
            let alternatives = try? leaf.extensions.subjectAlternativeNames
        else { return false }
        let present = Set(alternatives)
        return names.allSatisfy { present.contains(.dnsName($0)) }
            && addresses.allSatisfy { present.contains(.ipAddress(ASN1OctetString(contentBytes: $0[...]))) }
    }

    /// Whether a certificate is that of a key.
    public static func fits(_ certificatePEM: String, key keyPEM: String) -> Bool {
        guard let leaf = try? Certificate(pemEncoded: certificatePEM),
            let key = try? Certificate.PrivateKey(pemEncoded: keyPEM)
        else { return false }
        return leaf.publicKey == key.publicKey
    }

    private static func subject(_ purpose: Purpose, commonName: String) throws -> DistinguishedName {
        let groups: [String] =
            switch purpose {
            case .client(_, let groups): groups
            case .node: ["system:nodes"]
            case .server: []
            }
        var attributes: [RelativeDistinguishedName] = []
        for group in groups {
            attributes.append(
                RelativeDistinguishedName(.init(type: .RDNAttributeType.organizationName, utf8String: group))
            )
        }
        attributes.append(
            RelativeDistinguishedName(.init(type: .RDNAttributeType.commonName, utf8String: commonName))
        )
        return DistinguishedName(attributes)
    }

    private static func extensions(
        _ purpose: Purpose,
        authority: Certificate.PublicKey
    ) throws -> Certificate.Extensions {
        var extensions = try Certificate.Extensions {
            Critical(BasicConstraints.notCertificateAuthority)
            Critical(KeyUsage(digitalSignature: true))
            AuthorityKeyIdentifier(keyIdentifier: SubjectKeyIdentifier(hash: authority).keyIdentifier)
        }
        switch purpose {
        case .client:
            try extensions.append(Certificate.Extension(ExtendedKeyUsage([.clientAuth]), critical: false))
        case .server(let names, let addresses):
            try extensions.append(Certificate.Extension(ExtendedKeyUsage([.serverAuth]), critical: false))
            try extensions.append(alternatives(names, addresses))
        case .node(let name, let addresses):
            try extensions.append(Certificate.Extension(ExtendedKeyUsage([.clientAuth, .serverAuth]), critical: false))
            try extensions.append(alternatives([name], addresses))
        }
        return extensions
    }

    private static func alternatives(_ names: [String], _ addresses: [[UInt8]]) throws -> Certificate.Extension {
        let alternatives =
            names.map { GeneralName.dnsName($0) }
            + addresses.map { GeneralName.ipAddress(ASN1OctetString(contentBytes: $0[...])) }
        return try Certificate.Extension(SubjectAlternativeNames(alternatives), critical: false)
    }

    private static func pem(of certificate: Certificate) throws(CertificateError) -> String {
        do {
            return try certificate.serializeAsPEM().pemString + "\n"
        } catch {
            throw CertificateError(subject: "a certificate", reason: "cannot be written: \(error)")
        }
    }

    private static func pem(of key: Certificate.PrivateKey) throws(CertificateError) -> String {
        do {
            return try key.serializeAsPEM().pemString + "\n"
        } catch {
            throw CertificateError(subject: "a key", reason: "cannot be written: \(error)")
        }
    }
}

/// Why a certificate cannot be made or used.
public struct CertificateError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Whose it is.
    public var subject: String
    /// What is wrong.
    public var reason: String

    /// For people.
    public var description: String { "certificate of \(subject): \(reason)" }
}

extension Timestamp {
    fileprivate var date: Date { Date(timeIntervalSince1970: Double(seconds)) }
}
