import JSON
public import KubernetesAPI
public import KubernetesClient
public import Logging
public import ServiceLifecycle
import Synchronization

/// Runs something in one of several processes: in the one that has the Lease.
///
/// Where the Lease is lost the work is cancelled, and begun again once the Lease is had again. On shutdown the work is
/// cancelled first, and then the Lease let go, so that another one takes over at once.
public struct LeaderElector: ServiceLifecycle.Service {
    private let client: KubernetesClient
    private let namespace: String
    private let name: String
    private let identity: String
    private let settings: LeaderElection.Settings
    private let logger: Logger
    private let wallClock: @Sendable () -> Timestamp
    private let onChange: @Sendable (_ leads: Bool) -> Void
    private let work: @Sendable () async throws -> Void

    /// An elector; nothing is asked before it runs.
    ///
    /// - Parameters:
    ///   - name: The Lease's, such as `kube-controller-manager`.
    ///   - namespace: The Lease's.
    ///   - identity: Who this is; unique, such as host name, `_` and a random text.
    ///   - onChange: Is told where this begins and ends to lead; for metrics and health.
    ///   - work: What only the leader does, until it is cancelled; it must end before others may lead, within
    ///     `leaseDuration` less `renewDeadline` (5 s). It may be begun several times.
    ///     Where it returns or throws, so does ``run()``.
    public init(
        client: KubernetesClient,
        name: String,
        namespace: String = "kube-system",
        identity: String,
        settings: LeaderElection.Settings = .init(),
        logger: Logger,
        wallClock: @escaping @Sendable () -> Timestamp = { Timestamp.now },
        onChange: @escaping @Sendable (_ leads: Bool) -> Void = { _ in },
        work: @escaping @Sendable () async throws -> Void
    ) {
        self.client = client
        self.name = name
        self.namespace = namespace
        self.identity = identity
        self.settings = settings
        self.logger = logger
        self.wallClock = wallClock
        self.onChange = onChange
        self.work = work
    }

    /// Runs until it is cancelled or asked to stop, or the work ends by itself.
    ///
    /// The Lease is let go where it was asked to stop; after a cancellation others wait until it is over.
    public func run() async throws {
        let box = ElectionBox(
            LeaderElection(namespace: namespace, name: name, identity: identity, settings: settings)
        )
        let result: Result<Void, any Error>
        do {
            try await cancelWhenGracefulShutdown { try await self.elect(box) }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await release(box)
        if case .failure(let error) = result, !(error is CancellationError) { throw error }
    }

    private func elect(_ box: ElectionBox) async throws {
        while !Task.isCancelled {
            try await attempt(box)
            guard box.leads(at: client.time.now()) else {
                try await client.time.sleep(box.delay())
                continue
            }
            logger.info("leads now", metadata: ["lease": "\(namespace)/\(name)", "identity": "\(identity)"])
            onChange(true)
            defer { onChange(false) }
            guard try await lead(box) == .lostLease else { return }
            logger.warning("leads no longer", metadata: ["lease": "\(namespace)/\(name)"])
        }
    }

    private enum End: Sendable {
        case lostLease, finishedWork
    }

    /// Works until the Lease is lost; returns when the work has ended.
    private func lead(_ box: ElectionBox) async throws -> End {
        try await withThrowingTaskGroup(of: End.self) { group in
            group.addTask {
                try await self.work()
                return .finishedWork
            }
            group.addTask {
                // A try that hangs must not outlast the lease.
                while let deadline = box.deadline {
                    try await self.client.time.sleep(max(deadline - self.client.time.now(), .milliseconds(1)))
                    if !box.leads(at: self.client.time.now()) { break }
                }
                return .lostLease
            }
            group.addTask {
                while box.leads(at: self.client.time.now()) {
                    try await self.client.time.sleep(box.delay())
                    try await self.attempt(box)
                }
                return .lostLease
            }
            defer { group.cancelAll() }
            let first = try await group.next() ?? .finishedWork
            group.cancelAll()
            return first
        }
    }

    private func attempt(_ box: ElectionBox) async throws(CancellationError) {
        var request: LeaderElection.Request? = box.begin(now: client.time.now(), wallClock: wallClock())
        do {
            if request == .read {
                let lease = try await read()
                request = box.received(lease, now: client.time.now(), wallClock: wallClock())
            }
            guard let request else { return }
            let written = try await write(request)
            box.wrote(written, now: client.time.now())
        } catch {
            box.failed(now: client.time.now())
            if error == .cancelled { throw CancellationError() }
            logger.debug("cannot have the lease", metadata: ["lease": "\(namespace)/\(name)", "error": "\(error)"])
        }
    }

    private func read() async throws(ClientError) -> JSONValue? {
        do {
            return try await client.get(Resource<LeaseKind>.self, namespace: namespace, name: name).value
        } catch {
            if case .api(let refusal) = error, refusal.code == 404 { return nil }
            throw error
        }
    }

    private func write(_ request: LeaderElection.Request) async throws(ClientError) -> JSONValue {
        let answer: [UInt8]
        switch request {
        case .read:
            answer = try await client.read(LeaseKind.resource, namespace: namespace, name: name)
        case .create(let lease):
            answer = try await client.post(LeaseKind.resource, namespace: namespace, body: lease.json)
        case .replace(let lease):
            answer = try await client.replace(
                LeaseKind.resource,
                namespace: namespace,
                name: name,
                body: lease.json
            )
        }
        do {
            return try JSONValue(json: answer)
        } catch {
            throw .undecodable(request: "lease \(namespace)/\(name)", reason: error.reason)
        }
    }

    /// Lets the Lease go. Where the whole task is cancelled this does not reach the server: others wait then.
    private func release(_ box: ElectionBox) async {
        var request = box.release(now: client.time.now(), wallClock: wallClock())
        if request == .read {
            guard let lease = try? await read() else { return }
            request = box.released(lease, wallClock: wallClock())
        }
        guard let request else { return }
        _ = try? await write(request)
    }
}

/// The election, for the tasks of one elector.
private final class ElectionBox: Sendable {
    private let election: Mutex<LeaderElection>

    init(_ election: LeaderElection) {
        self.election = Mutex(election)
    }

    var deadline: Duration? { election.withLock { $0.deadline } }

    func leads(at now: Duration) -> Bool { election.withLock { $0.leads(at: now) } }

    func delay() -> Duration {
        let jitter = Double.random(in: 0..<1)
        return election.withLock { $0.delay(jitter: jitter) }
    }

    func begin(now: Duration, wallClock: Timestamp) -> LeaderElection.Request {
        election.withLock { $0.begin(now: now, wallClock: wallClock) }
    }

    func received(_ lease: JSONValue?, now: Duration, wallClock: Timestamp) -> LeaderElection.Request? {
        election.withLock { $0.received(lease, now: now, wallClock: wallClock) }
    }

    func wrote(_ lease: JSONValue, now: Duration) {
        election.withLock { $0.wrote(lease, now: now) }
    }

    func failed(now: Duration) {
        election.withLock { $0.failed(now: now) }
    }

    func release(now: Duration, wallClock: Timestamp) -> LeaderElection.Request? {
        election.withLock { $0.release(now: now, wallClock: wallClock) }
    }

    func released(_ lease: JSONValue?, wallClock: Timestamp) -> LeaderElection.Request? {
        election.withLock { $0.released(lease, wallClock: wallClock) }
    }
}
