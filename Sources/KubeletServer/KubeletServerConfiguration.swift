public import Observability

/// What a kubelet's server runs with.
public struct KubeletServerConfiguration: Sendable {
    /// The node's name, which authorization is asked about.
    public var nodeName = ""
    /// Where it serves TLS: by default port 10250 of every address.
    public var addresses = ListenAddress.everyAddress(port: 10_250)
    /// Where it says over plain HTTP whether the node works; nil for nowhere.
    public var healthAddress: ListenAddress? = ListenAddress(host: "127.0.0.1", port: 10_248)
    /// The server's certificate, and those between it and its authority, in PEM.
    ///
    /// The API server wants the node's name, or the address that it dials, among its names. A node's certificate from
    /// `trama control-plane kubeconfig --user system:node:NAME --group system:nodes` is for this, too.
    public var certificatePEM: String
    /// The certificate's key, in PEM.
    public var keyPEM: String
    /// The authorities whose client certificates are trusted, in PEM.
    public var clientAuthorityPEM: String
    /// What clients may use.
    public var limits = KubeletLimits()

    /// A configuration with the usual ports.
    public init(certificatePEM: String, keyPEM: String, clientAuthorityPEM: String) {
        self.certificatePEM = certificatePEM
        self.keyPEM = keyPEM
        self.clientAuthorityPEM = clientAuthorityPEM
    }
}

/// How much a kubelet's server gives to its clients.
public struct KubeletLimits: Sendable, Hashable {
    /// Connections at one time; more are closed at once.
    public var connections = 512
    /// A connection's first request must have come after so long, the handshake included.
    public var firstRequestTimeout: Duration = .seconds(30)
    /// The next request must be complete after so long.
    public var requestTimeout: Duration = .seconds(90)
    /// All headers of a request together have at most so many bytes.
    public var headerByteCount = 64 << 10
    /// A request has at most so many headers.
    public var headerCount = 100
    /// A request's body, which nobody reads, has at most so many bytes.
    public var bodyByteCount = 64 << 10

    /// The usual ones.
    public init() {}
}
