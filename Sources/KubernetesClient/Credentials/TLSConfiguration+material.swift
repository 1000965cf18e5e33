import NIOSSL

extension TLSConfiguration {
    /// TLS settings from the bytes of certificates and keys.
    init(_ material: CredentialMaterial, trust: ServerTrust) throws(ClientError) {
        self = .makeClientConfiguration()
        if trust.acceptsAnyCertificate { certificateVerification = .none }
        if let authorities = material.authorities {
            let certificates = try Self.certificates(authorities, what: "certificate authority")
            trustRoots = .certificates(certificates)
        }
        if let chain = material.certificate {
            certificateChain = try Self.certificates(chain, what: "client certificate").map { .certificate($0) }
        }
        if let key = material.key {
            do {
                privateKey = .privateKey(try NIOSSLPrivateKey(bytes: key, format: .pem))
            } catch {
                throw .credentials("the client key is not an unencrypted PEM private key: \(error)")
            }
        }
    }

    private static func certificates(_ pem: [UInt8], what: String) throws(ClientError) -> [NIOSSLCertificate] {
        do {
            let certificates = try NIOSSLCertificate.fromPEMBytes(pem)
            guard !certificates.isEmpty else { throw NIOSSLError.failedToLoadCertificate }
            return certificates
        } catch {
            throw .credentials("the \(what) is not PEM: \(error)")
        }
    }
}
