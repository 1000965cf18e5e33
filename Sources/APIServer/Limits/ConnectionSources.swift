import NIOCore
import Synchronization

/// How many connections each address has, so that one host alone cannot take all that there may be.
final class ConnectionSources: Sendable {
    private let limit: Int
    private let counts = Mutex<[String: Int]>([:])

    /// - Parameter limit: How many connections an address may have.
    init(limit: Int) {
        self.limit = limit
    }

    /// Counts a connection until it is closed; false where its address has too many already.
    func enter(_ channel: any Channel) -> Bool {
        guard let source = channel.remoteAddress?.ipAddress else { return true }
        let isWelcome = counts.withLock { counts in
            let count = counts[source] ?? 0
            guard count < limit else { return false }
            counts[source] = count + 1
            return true
        }
        if isWelcome { channel.closeFuture.whenComplete { _ in self.leave(source) } }
        return isWelcome
    }

    private func leave(_ source: String) {
        counts.withLock { counts in
            let count = (counts[source] ?? 1) - 1
            counts[source] = count > 0 ? count : nil
        }
    }
}
