import ServiceRouting
import Synchronization

/// A client that connects again and again, one connection after the other, until it is told to stop.
final class Hammer: Sendable {
    /// What became of the connections.
    struct Tally: Sendable {
        var count = 0
        /// What was not answered.
        var lost: [FlowOutcome] = []
        var servers: Set<String> = []
        var slowest: Duration = .zero
    }

    private struct State {
        var tally = Tally()
        var mustStop = false
    }

    private let state: Shared
    private let task: Task<Void, Never>

    /// Begins to connect from a host.
    init(_ probe: FlowProbe, from host: Host, to target: Frontend) {
        let state = Shared()
        self.state = state
        task = Task {
            let clock = ContinuousClock()
            while !state.value.withLock({ $0.mustStop }) {
                let start = clock.now
                let outcome = await probe.flow(from: host, to: target)
                let time = clock.now - start
                state.value.withLock { state in
                    state.tally.count += 1
                    state.tally.slowest = max(state.tally.slowest, time)
                    if let server = outcome.server {
                        state.tally.servers.insert(server)
                    } else {
                        state.tally.lost.append(outcome)
                    }
                }
            }
        }
    }

    deinit {
        state.value.withLock { $0.mustStop = true }
    }

    /// Waits until that many more connections have been made.
    func more(_ count: Int) async throws {
        let goal = tally.count + count
        try await eventually("\(count) more connections") { self.tally.count >= goal }
    }

    private var tally: Tally { state.value.withLock { $0.tally } }

    /// Stops after the connection under way.
    func stop() async -> Tally {
        state.value.withLock { $0.mustStop = true }
        await task.value
        return tally
    }

    private final class Shared: Sendable {
        let value = Mutex(State())
    }
}
