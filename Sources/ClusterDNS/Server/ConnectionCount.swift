import Addressing
import Synchronization

/// How many connections there are: of at most so many, and of at most so many of one client.
final class ConnectionCount: Sendable {
    private struct State {
        var count = 0
        /// Those that have any.
        var clients: [IPAddress: Int] = [:]
    }

    private let limits: DNSListener.Limits
    private let state = Mutex(State())

    init(limits: DNSListener.Limits) {
        self.limits = limits
    }

    /// Takes a place for a client; false where there is none for it.
    func enter(_ client: IPAddress) -> Bool {
        state.withLock { state in
            guard state.count < limits.connections else { return false }
            guard state.clients[client, default: 0] < limits.connectionsOfClient else { return false }
            state.count += 1
            state.clients[client, default: 0] += 1
            return true
        }
    }

    /// Gives a client's place back.
    func leave(_ client: IPAddress) {
        state.withLock { state in
            guard let count = state.clients[client] else { return }
            state.count -= 1
            state.clients[client] = count > 1 ? count - 1 : nil
        }
    }
}
