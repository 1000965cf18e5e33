import Logging
import NIOCore
import OverlayCore

/// What the transport knows of one connection.
struct MeshConnection {
    let channel: any Channel
    /// The other end.
    let remote: PeerAddress
    /// Whether we dialled.
    let isOutbound: Bool
    /// When the TCP connection was there.
    let began: Duration
    /// Whom the other's certificate names, once it was judged.
    var verified: PeerID?
    /// The same, once the handshake is done.
    var peer: PeerID?
    /// What is wrong with the other's certificate.
    var problem: CertificateProblem?
    /// Since when the other side does not take what we send.
    var unwritableSince: Duration?
    /// Bytes that were given to the channel and not yet to the kernel.
    var pendingByteCount = 0

    /// What a log line says of it.
    func metadata(_ reason: String) -> Logger.Metadata {
        ["peer": "\(peer.map { "\($0)" } ?? "unknown")", "address": "\(remote)", "reason": "\(reason)"]
    }
}
