public import OverlayCore

/// A peer's certificate and its key, which never leaves the process.
public struct PeerCertificate: Sendable, Hashable {
    /// Whom it names.
    public var peer: PeerID
    /// The certificate, in DER.
    public var certificate: [UInt8]
    /// Its P-256 private key, in DER (PKCS #8).
    public var privateKey: [UInt8]
    /// When to make the next one, in seconds since 1970: well before it expires.
    public var renewal: Int64
}

/// Why a peer's certificate is not accepted.
public enum CertificateProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// It was made from another token.
    case otherToken
    /// It is valid only later.
    case fromTheFuture
    /// It is no longer valid.
    case expired
    /// It is none, or names no peer.
    case unreadable

    /// What is wrong with the peer, and what to do.
    public var description: String {
        switch self {
        case .otherToken:
            "its token differs from ours: give both the token of the same cluster"
        case .fromTheFuture:
            "its certificate is not valid yet: the clocks differ by more than a day, set the wrong one"
        case .expired:
            "its certificate has expired: the clocks differ by days, set the wrong one"
        case .unreadable:
            "its certificate is none of a peer: something else than Trama listens there"
        }
    }
}
