public import Observability

/// What a kubelet's server runs with.
public struct KubeletServerConfiguration: Sendable {
    /// Where it serves TLS: by default port 10250 of every address.
    public var addresses = ListenAddress.everyAddress(port: 10_250)
    /// Where it says over plain HTTP whether the node works; nil for nowhere.
    public var healthAddress: ListenAddress? = ListenAddress(host: "127.0.0.1", port: 10_248)
    /// The server's certificate, and those between it and its authority, in PEM.
    ///
    /// The API server wants the node's name among its names. A node's certificate from
    /// `trama control-plane kubeconfig --user system:node:NAME --group system:nodes` is for this, too.
    public var certificatePEM: String
    /// The certificate's key, in PEM.
    public var keyPEM: String
    /// The authorities whose client certificates are trusted, in PEM.
    public var clientAuthorityPEM: String

    /// A configuration with the usual ports.
    public init(certificatePEM: String, keyPEM: String, clientAuthorityPEM: String) {
        self.certificatePEM = certificatePEM
        self.keyPEM = keyPEM
        self.clientAuthorityPEM = clientAuthorityPEM
    }
}
