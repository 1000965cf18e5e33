import Observability
import Synchronization

/// The servers that are asked, those first that answered last.
final class UpstreamList: Sendable {
    /// How long a server that did not answer is asked after the others.
    private static let restTime: Duration = .seconds(10)

    private struct State {
        var servers: [ServerEndpoint] = []
        var own: Set<ServerEndpoint> = []
        /// Until when a server comes last.
        var resting: [ServerEndpoint: MonotonicTime] = [:]
    }

    private let state = Mutex(State())

    init(_ servers: [ServerEndpoint] = []) {
        replace(with: servers)
    }

    /// Takes these servers in place of all others.
    func replace(with servers: [ServerEndpoint]) {
        state.withLock { state in
            state.servers = servers
            state.resting = state.resting.filter { servers.contains($0.key) }
        }
    }

    /// Says where we listen ourselves: nothing is forwarded there.
    func setOwn(_ endpoints: Set<ServerEndpoint>) {
        state.withLock { $0.own = endpoints }
    }

    /// Which of the servers are ourselves.
    var excluded: [ServerEndpoint] {
        state.withLock { state in state.servers.filter { state.own.contains($0) } }
    }

    /// Whether there is anybody to ask.
    var isEmpty: Bool {
        state.withLock { state in state.servers.allSatisfy { state.own.contains($0) } }
    }

    /// The servers in the order in which to ask them.
    func order(at now: MonotonicTime) -> [ServerEndpoint] {
        state.withLock { state in
            let usable = state.servers.filter { !state.own.contains($0) }
            let resting = Set(usable.filter { (state.resting[$0] ?? now) > now })
            return usable.filter { !resting.contains($0) } + usable.filter { resting.contains($0) }
        }
    }

    /// Notes whether a server answered.
    func note(_ server: ServerEndpoint, answered: Bool, at now: MonotonicTime) {
        state.withLock { state in
            let until = MonotonicTime(sinceBoot: now.sinceBoot + Self.restTime)
            state.resting[server] = answered || !state.servers.contains(server) ? nil : until
        }
    }
}
