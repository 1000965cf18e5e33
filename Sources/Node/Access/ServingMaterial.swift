import KubernetesClient

/// The certificates that the kubelet's server shows and trusts.
struct ServingMaterial: Sendable, Equatable {
    /// The node's certificate, in PEM.
    var certificate: String
    /// Its key, in PEM.
    var key: String
    /// Who signed clients' certificates, in PEM.
    var clientAuthority: String

    /// Those of the files that were named, or else those of the kubeconfig: a node's certificate is for both.
    init(_ servers: NodeConfiguration.Servers, client: ClientConfiguration) throws {
        var pair = Self.pair(client.authentication)
        if let file = servers.certificateFile, let key = servers.keyFile { pair = (.file(file), .file(key)) }
        guard let pair else {
            throw NodeConfigurationError(
                "--tls-cert-file: the kubeconfig has no client certificate; give a certificate and --tls-private-key-file"
            )
        }
        guard let authority = servers.clientAuthorityFile.map({ SecretSource.file($0) }) ?? client.trust.authorities
        else {
            throw NodeConfigurationError(
                "--client-ca-file: the kubeconfig has no certificate authority; give the one of clients' certificates"
            )
        }
        certificate = String(decoding: try pair.certificate.load(), as: UTF8.self)
        key = String(decoding: try pair.key.load(), as: UTF8.self)
        clientAuthority = String(decoding: try authority.load(), as: UTF8.self)
    }

    private static func pair(_ authentication: Authentication) -> (certificate: SecretSource, key: SecretSource)? {
        switch authentication {
        case .clientCertificate(let chain, let key): (chain, key)
        case .all(let several): several.lazy.compactMap { pair($0) }.first
        case .none, .token, .basic, .exec: nil
        }
    }
}
