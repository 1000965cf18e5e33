import NIOCore
import NIOPosix
import NIOSSL

/// Why a TLS handshake came to nothing, in words for the operator.
enum HandshakeFailure {
    /// What an error of a connection says.
    ///
    /// - Parameters:
    ///   - error: What the TLS library or the socket said; nil where the other side closed without a word.
    ///   - problem: What we found wrong with its certificate, if anything.
    static func reason(of error: (any Error)?, problem: CertificateProblem?) -> String {
        if let problem { return problem.description }
        guard let error else { return "it closed the connection during the handshake" }
        guard let text = libraryText(of: error) else { return ConnectionFailure.reason(of: error) }
        return words.first { text.contains($0.marker) }?.reason ?? "the TLS handshake failed (\(text))"
    }

    private static func libraryText(of error: any Error) -> String? {
        switch error {
        case NIOSSLError.handshakeFailed(let cause): "\(cause)"
        case let cause as BoringSSLError: "\(cause)"
        default: nil
        }
    }

    /// Words of BoringSSL's reasons (`err_data`), and what they mean here.
    private static let words: [(marker: String, reason: String)] = [
        // What our own refusals look like from the other side.
        ("ALERT_CERTIFICATE_UNKNOWN", refusesUs),
        ("ALERT_UNKNOWN_CA", refusesUs),
        ("ALERT_BAD_CERTIFICATE", refusesUs),
        ("CERTIFICATE_VERIFY_FAILED", CertificateProblem.unreadable.description),
        ("PEER_DID_NOT_RETURN_A_CERTIFICATE", "it shows no certificate: it is not a peer"),
        ("CERTIFICATE_REQUIRED", "it asks for a certificate in another way than peers do: it is not a peer"),
        ("HTTP_REQUEST", "it speaks HTTP: it is not a peer"),
        ("WRONG_VERSION_NUMBER", "it does not speak TLS: it is not a peer"),
        ("PROTOCOL_VERSION", tooOld),
        ("UNSUPPORTED_PROTOCOL", tooOld),
        ("NO_APPLICATION_PROTOCOL", "it speaks another protocol: it is not a peer"),
    ]

    private static let refusesUs =
        "it refuses our certificate: its token differs from ours, or its clock by more than a day"
    private static let tooOld = "it does not speak TLS 1.3: it is not a peer"
}

/// Why a connection could not be made or ended, in words for the operator.
enum ConnectionFailure {
    /// What the system or the event loop said.
    static func reason(of error: any Error) -> String {
        switch error {
        case let error as IOError:
            return text(of: error.errnoCode)
        case let error as NIOConnectionError:
            guard let first = error.connectionErrors.first else { return "the address leads nowhere" }
            return reason(of: first.error)
        case ChannelError.connectTimeout:
            return "no answer: it is down, or a firewall drops TCP to the port"
        case ChannelError.eof, ChannelError.ioOnClosedChannel, ChannelError.alreadyClosed, NIOSSLError.uncleanShutdown:
            return "it closed the connection"
        default:
            return "\(error)"
        }
    }
}
