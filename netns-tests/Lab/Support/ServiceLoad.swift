import Addressing
import Glibc
import Netlink
import Synchronization

/// A client that asks a Service over HTTP, with a new connection each time, one after the other, until it is told to
/// stop; and counts.
final class ServiceLoad: Sendable {
    /// A request that was not answered as it should be.
    struct Failure: Sendable, CustomStringConvertible {
        /// Since the load began.
        var start: Duration
        var duration: Duration
        var reason: String

        var description: String { "at \(start) after \(duration): \(reason)" }
    }

    /// What became of the requests so far.
    struct Tally: Sendable {
        var count = 0
        var failures: [Failure] = []
        /// How often each server answered.
        var servers: [String: Int] = [:]
    }

    private struct State {
        var tally = Tally()
        var mustStop = false
    }

    /// What the thread and everybody else share; behind its lock.
    private final class Shared: Sendable {
        let state = Mutex(State())
    }

    /// From where to where, for the log.
    let name: String
    private let shared = Shared()
    private let task: Task<Void, Never>
    private let start = ContinuousClock().now

    /// Begins to ask.
    ///
    /// - Parameters:
    ///   - name: From where to where, for the log.
    ///   - namespace: The client's.
    ///   - target: The server.
    init(_ name: String, from namespace: consuming NetworkNamespace, to target: SocketAddress) {
        self.name = name
        let (shared, start) = (shared, start)
        let client = ServiceClient(namespace, target)
        task = Task {
            while !shared.state.withLock({ $0.mustStop }) {
                let begin = ContinuousClock().now
                let answer = await client.ask()
                let duration = ContinuousClock().now - begin
                shared.state.withLock { state in
                    state.tally.count += 1
                    switch answer {
                    case .success(let server): state.tally.servers[server, default: 0] += 1
                    case .failure(let failure):
                        state.tally.failures.append(
                            Failure(start: begin - start, duration: duration, reason: failure.description)
                        )
                    }
                }
            }
        }
    }

    deinit {
        shared.state.withLock { $0.mustStop = true }
    }

    /// What became of the requests so far.
    var tally: Tally { shared.state.withLock { $0.tally } }

    /// The time since the load began, as failures have it.
    var now: Duration { ContinuousClock().now - start }

    /// Stops after the request under way.
    func stop() async -> Tally {
        shared.state.withLock { $0.mustStop = true }
        await task.value
        return tally
    }
}

/// The thread of one client.
private actor ServiceClient {
    /// For how long a request may be silent, which is long enough for lost packets to be sent again.
    private static let patience: Duration = .seconds(10)

    private let executor = ThreadExecutor(name: "load")
    private let namespace: NetworkNamespace
    private let target: SocketAddress

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(_ namespace: consuming NetworkNamespace, _ target: SocketAddress) {
        self.namespace = namespace
        self.target = target
    }

    /// Asks once, and rests a moment: the machine has other things to do.
    func ask() -> Result<String, NetlinkError> {
        // This thread is ours to block.
        defer { usleep(5_000) }
        do throws(NetlinkError) {
            let socket = try TestSocket(.tcp, target.address.family, in: namespace)
            try socket.setTimeout(Self.patience)
            try socket.connect(to: target)
            try socket.send("GET /hostname HTTP/1.1\r\nHost: load\r\nConnection: close\r\n\r\n", to: nil)
            var text = ""
            while true {
                let part = try socket.receive().text
                if part.isEmpty { break }
                text += part
            }
            guard let answer = HTTPAnswer(text), answer.status == 200 else {
                return .failure(NetlinkError(operation: "read the answer \(text.debugDescription)", errno: EPROTO))
            }
            return .success(String(answer.body.prefix { $0 != "\n" }))
        } catch {
            return .failure(error)
        }
    }
}
