import NIOCore
import NIOSSL
import OverlayCore

/// What a peer shows in a TLS handshake, and what it asks of the other one: TLS 1.3 with a certificate on both sides.
///
/// Replaced by a new one when its certificate is to be renewed; connections that are open stay.
struct TLSIdentity: Sendable {
    /// Judges the other's certificate.
    let authority: ClusterAuthority
    /// When to make the next one, in seconds since 1970.
    let renewal: Int64
    private let server: NIOSSLContext
    private let client: NIOSSLContext

    /// The name of the protocol inside (ALPN, RFC 7301).
    static let applicationProtocol = "trama-mesh"

    /// With a new certificate from the authority.
    ///
    /// - Parameters:
    ///   - authority: The cluster's.
    ///   - peer: Whom the certificate is to name.
    ///   - time: The present, in seconds since 1970.
    init(authority: ClusterAuthority, peer: PeerID, at time: Int64) throws {
        let own = try authority.issue(for: peer, at: time)
        let root = try NIOSSLCertificate(bytes: authority.certificate, format: .der)
        let leaf = try NIOSSLCertificate(bytes: own.certificate, format: .der)
        let key = try NIOSSLPrivateKey(bytes: own.privateKey, format: .der)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(leaf)],
            privateKey: .privateKey(key)
        )
        configuration.restrict(to: root)
        server = try NIOSSLContext(configuration: configuration)
        configuration = .makeClientConfiguration()
        configuration.certificateChain = [.certificate(leaf)]
        configuration.privateKey = .privateKey(key)
        configuration.restrict(to: root)
        client = try NIOSSLContext(configuration: configuration)
        self.authority = authority
        renewal = own.renewal
    }

    /// The handler of a connection's TLS.
    ///
    /// - Parameters:
    ///   - isOutbound: Whether we dialled.
    ///   - now: The present, in seconds since 1970.
    ///   - didVerify: Told, on the connection's event loop, whom the other's certificate names, or why it is refused.
    func handler(
        isOutbound: Bool,
        now: Int64,
        didVerify: @escaping (Result<PeerID, CertificateProblem>) -> Void
    ) throws -> NIOSSLHandler {
        let verify: NIOSSLCustomVerificationCallback = { [authority] chain, promise in
            let verdict = Self.verify(chain, authority, now)
            didVerify(verdict)
            switch verdict {
            case .success: promise.succeed(.certificateVerified)
            case .failure: promise.succeed(.failed)
            }
        }
        guard isOutbound else { return NIOSSLServerHandler(context: server, customVerificationCallback: verify) }
        return try NIOSSLClientHandler(context: client, serverHostname: nil, customVerificationCallback: verify)
    }

    private static func verify(
        _ chain: [NIOSSLCertificate],
        _ authority: ClusterAuthority,
        _ now: Int64
    ) -> Result<PeerID, CertificateProblem> {
        guard let bytes = try? chain.first?.toDERBytes() else { return .failure(.unreadable) }
        do throws(CertificateProblem) {
            return .success(try authority.verify(bytes, at: now))
        } catch {
            return .failure(error)
        }
    }
}

extension TLSConfiguration {
    /// TLS 1.3 and our protocol only, and a certificate from the other side, which the callback judges.
    fileprivate mutating func restrict(to root: NIOSSLCertificate) {
        minimumTLSVersion = .tlsv13
        maximumTLSVersion = .tlsv13
        certificateVerification = .noHostnameVerification
        trustRoots = .certificates([root])
        applicationProtocols = [TLSIdentity.applicationProtocol]
    }
}
