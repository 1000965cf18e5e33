public import Addressing
public import Logging
public import NIOCore
public import NIOPosix
public import Observability
public import OverlayCore
public import ServiceLifecycle

/// A peer of the mesh: drives a ``OverlayCore/MeshNode`` with TLS 1.3 connections on TCP, timers and the store.
///
/// The actor runs on one event loop, and so do all of its connections: what happens on one is handled where it happens.
/// The disk has a thread of its own.
public actor MeshTransport: Service {
    /// What was given at the start.
    public nonisolated let configuration: MeshTransportConfiguration
    /// Yields after something has changed; ``takeChanges()`` tells what. For one reader; ends with ``run()``.
    public nonisolated let changes: AsyncStream<Void>
    /// The state of the mesh: members, entries, connections, blocks. A copy, cheap unless it is kept.
    public internal(set) var node: MeshNode
    /// The blocks whose addresses may be given, by bridged network (empty: pods): unlike the node's, only those of which
    /// the disk knows that they are in use.
    public internal(set) var grantedBlocks: [String: [IPPrefix]] = [:]
    /// What was counted.
    public internal(set) var counters = MeshTransportCounters()
    /// Where connections are taken, with the ports that the kernel chose; empty before ``run()`` listens.
    public internal(set) var addresses: [ListenAddress] = []
    /// Why the store cannot be written at present: nothing of ours reaches the others as long.
    public internal(set) var storeProblem: StateError?
    /// With whom no connection came about of late, the oldest first.
    public var refusals: [MeshRefusalRecord] { refusalLog.records }

    let eventLoop: any EventLoop
    let disk: NIOThreadPool
    nonisolated let store: MeshStore
    nonisolated let logger: Logger
    let authority: ClusterAuthority
    var tls: TLSIdentity
    var connections: [ConnectionID: MeshConnection] = [:]
    var lastConnection: UInt64 = 0
    var acceptance: TokenBucket
    var effects = EffectQueue()
    var refusalLog = RefusalLog()
    /// Connections with writes that were not flushed yet.
    var unflushed: Set<ConnectionID> = []
    var isPerforming = false
    var isReadingPaused = false
    var timer: Scheduled<Void>?
    var timerDeadline: Duration?
    /// Completed when it is to stop; nil unless it runs.
    var ending: EventLoopPromise<Void>?
    private var phase = Phase.new
    private var pendingChanges = MeshChanges()
    private let changesContinuation: AsyncStream<Void>.Continuation

    private enum Phase { case new, running, ended }

    /// A peer that begins with what the store has.
    ///
    /// - Parameters:
    ///   - configuration: What it must be told.
    ///   - store: What it knew before.
    ///   - logger: Where it tells what an operator may want to know.
    ///   - group: The event loops, of which it takes one.
    ///   - disk: The threads that may block, of which it takes one.
    /// - Throws: What the cryptographic library says.
    public init(
        configuration: MeshTransportConfiguration,
        store: MeshStore,
        logger: Logger,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        disk: NIOThreadPool = .singleton
    ) throws {
        var generator = SystemRandomNumberGenerator()
        var configuration = configuration
        if configuration.own.instance == 0 { configuration.own.instance = generator.next() }
        if configuration.own.started == 0 { configuration.own.started = Self.time() }
        self.configuration = configuration
        self.store = store
        self.logger = logger
        self.disk = disk
        eventLoop = group.next()
        authority = try ClusterAuthority(token: configuration.token)
        tls = try TLSIdentity(authority: authority, peer: configuration.own.id, at: Self.time())
        let now = Self.now()
        acceptance = TokenBucket(
            capacity: configuration.limits.acceptBurst,
            interval: configuration.limits.acceptInterval,
            now: now
        )
        node = MeshNode(
            configuration: configuration.node,
            own: configuration.own,
            stored: store.entries,
            seed: generator.next(),
            now: now
        )
        grantedBlocks = ["": node.blocks]
        (changes, changesContinuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// The event loop.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { eventLoop.executor.asUnownedSerialExecutor() }

    /// What has changed since the last call.
    public func takeChanges() -> MeshChanges {
        defer { pendingChanges = MeshChanges() }
        return pendingChanges
    }

    /// Takes part in the mesh until it is cancelled or shut down; once only.
    ///
    /// - Throws: ``Observability/ListenError`` where an address cannot be had, ``IdentityLost`` where another one must
    ///   take its place.
    public func run() async throws {
        guard phase == .new else { return }
        phase = .running
        let ending = eventLoop.makePromise(of: Void.self)
        self.ending = ending
        let listeners: [any Channel]
        do {
            listeners = try await listen()
        } catch {
            ending.succeed()
            _ = stop()
            throw error
        }
        for (listener, address) in zip(listeners, addresses) {
            // Does nothing once it stops: the first outcome counts.
            listener.closeFuture.whenComplete { _ in
                ending.fail(ListenError(address: address, errno: 0, reason: "the system closed the socket"))
            }
        }
        // In addition: others may have been named while it began to listen.
        handle(.mesh(.connect(configuration.targets, replace: false)))
        sweep()
        let outcome = await withTaskCancellationOrGracefulShutdownHandler {
            await Result.catching { try await ending.futureResult.get() }
        } onCancelOrGracefulShutdown: {
            ending.succeed()
        }
        for listener in listeners { try? await listener.close() }
        let channels = stop()
        await finishWriting()
        await waitUntilClosed(channels)
        try outcome.get()
    }

    /// Hands something to the node, and does what it wants done.
    func handle(_ input: MeshNodeInput) {
        guard phase != .ended else { return }
        effects.append(node.handle(input, now: Self.now()))
        perform()
        schedule()
    }

    /// Whether connections may begin.
    var isRunning: Bool { phase == .running }

    func note(_ change: (inout MeshChanges) -> Void) {
        change(&pendingChanges)
        changesContinuation.yield()
    }

    /// Ends everything; returns the connections that are closing now.
    private func stop() -> [any Channel] {
        phase = .ended
        timer?.cancel()
        let channels = connections.values.map(\.channel)
        for channel in channels { channel.close(promise: nil) }
        connections = [:]
        changesContinuation.finish()
        return channels
    }

    /// Waits for the other sides to close too, but not for those that do not answer.
    private func waitUntilClosed(_ channels: [any Channel]) async {
        let closed = eventLoop.makePromise(of: Void.self)
        let timeout = eventLoop.scheduleTask(in: .seconds(1)) { closed.succeed() }
        EventLoopFuture.andAllComplete(channels.map(\.closeFuture), on: eventLoop).whenComplete { _ in closed.succeed()
        }
        try? await closed.futureResult.get()
        timeout.cancel()
    }
}

extension Result {
    /// What the body returns or throws.
    fileprivate static func catching(_ body: () async throws(Failure) -> Success) async -> Result {
        do throws(Failure) {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }
}
