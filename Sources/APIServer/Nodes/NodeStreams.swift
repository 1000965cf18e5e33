import NIOCore
import Synchronization

/// The connections to nodes that carry something, so that they can be ended when the server stops.
final class NodeStreams: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var hasStopped = false
    }

    private let state = Mutex(State())

    /// Takes in a connection, until it is closed; closes it at once where the server stops.
    func add(_ channel: any Channel) {
        let identifier = ObjectIdentifier(channel)
        let isTaken = state.withLock { state in
            guard !state.hasStopped else { return false }
            state.channels[identifier] = channel
            return true
        }
        guard isTaken else { return channel.close(mode: .all, promise: nil) }
        channel.closeFuture.whenComplete { _ in
            self.state.withLock { _ = $0.channels.removeValue(forKey: identifier) }
        }
    }

    /// Ends all.
    func stop() {
        let channels = state.withLock { state in
            state.hasStopped = true
            return Array(state.channels.values)
        }
        for channel in channels { channel.close(mode: .all, promise: nil) }
    }
}
