import NIOSSL
import Synchronization

/// What new connections are shown, which may change while the server runs.
final class ServerCertificates: Sendable {
    private let context: Mutex<NIOSSLContext>

    init(_ context: NIOSSLContext) {
        self.context = Mutex(context)
    }

    /// What a new connection is shown.
    var current: NIOSSLContext { context.withLock { $0 } }

    /// New connections are shown this from now on.
    func replace(with context: NIOSSLContext) {
        self.context.withLock { $0 = context }
    }
}
