import JSON
public import KubernetesAPI
public import KubernetesClient
public import Logging
public import ServiceLifecycle

/// Deletes objects whose owners are gone, and does what the deletion of an owner asks for its dependents.
///
/// Follows the metadata of every kind. An owner that is not known is asked for before anything is deleted.
public actor GarbageCollector: ServiceLifecycle.Service {
    private let client: KubernetesClient
    private let kinds: [ResourceType]
    private let workerCount: Int
    private let logger: Logger
    private let recorder: EventRecorder
    private let observer: any ControllerObserver

    private var graph: OwnerGraph
    private let pool: WorkerPool<String>
    private var missing: Set<Int> = []
    private static let name = "garbage-collector-controller"

    /// A collector; nothing is asked before it runs.
    ///
    /// - Parameters:
    ///   - kinds: All kinds that are served and can be deleted, listed and watched; not Events. An object whose owner
    ///     is of another kind is left alone.
    public init(
        client: KubernetesClient,
        kinds: [ResourceType],
        workerCount: Int = 8,
        logger: Logger,
        observer: any ControllerObserver = SilentObserver(),
        wallClock: @escaping @Sendable () -> Timestamp = { Timestamp.now }
    ) {
        self.client = client
        pool = WorkerPool(time: client.time)
        self.kinds = kinds
        self.workerCount = workerCount
        self.logger = logger
        self.observer = observer
        recorder = EventRecorder(client: client, component: Self.name, wallClock: wallClock)
        graph = OwnerGraph(kinds: kinds)
    }

    /// Whether every kind was listed once.
    public var isSynced: Bool { pool.isOpen }

    /// Runs until it is cancelled or asked to stop.
    public func run() async throws {
        graph = OwnerGraph(kinds: kinds)
        missing = Set(kinds.indices)
        await cancelWhenGracefulShutdown {
            await self.runPool()
        }
    }

    private func runPool() async {
        let followers = kinds.indices.map { kind -> @Sendable () async -> Void in { await self.follow(kind) } }
        await pool.run(workers: workerCount, beside: followers) { await self.work(on: $0) }
    }

    // MARK: What is known

    private func follow(_ kind: Int) async {
        for await event in Reflector(PartialMetadata.self, of: kinds[kind], client: client) {
            switch event {
            case .replaced(let objects, let version, _):
                pool.add(graph.replaceAll(objects, version: version, kind: kind))
                if missing.remove(kind) != nil, missing.isEmpty { pool.open() }
            case .changed(let object):
                pool.add(graph.put(object, kind: kind))
            case .deleted(let namespace, let name):
                pool.add(graph.remove(ObjectName(namespace: namespace, name: name), kind: kind))
            case .unreadable(let error):
                logger.warning("cannot read an object", metadata: ["error": "\(error)"])
            case .interrupted(let error, let delay):
                logger.debug("cannot follow", metadata: ["error": "\(error)", "retryAfter": "\(delay)"])
            }
        }
    }

    // MARK: Work

    private func work(on uid: String) async {
        let started = client.time.now()
        let name = graph.identity(of: uid)?.name ?? ObjectName(namespace: nil, name: uid)
        do {
            try await see(to: uid)
            pool.succeed(uid)
            observer.worked(Self.name, name, failed: nil, took: client.time.now() - started)
        } catch {
            _ = pool.fail(uid)
            guard error != .cancelled else { return }
            observer.worked(Self.name, name, failed: error, took: client.time.now() - started)
            logger.debug("work failed, it is tried again", metadata: ["uid": "\(uid)", "error": "\(error)"])
        }
    }

    private func see(to uid: String) async throws(ClientError) {
        var step = graph.step(for: uid)
        // Each look makes one more owner known; an object has few.
        for _ in 0..<16 where !step.unknownOwners.isEmpty {
            for owner in step.unknownOwners { try await ask(for: owner) }
            step = graph.step(for: uid)
        }
        guard step.unknownOwners.isEmpty else { return }
        for action in step.actions { try await perform(action) }
        pool.add(step.looks)
        for event in step.events { await recorder.record(event) }
    }

    private func ask(for owner: OwnerGraph.Owner) async throws(ClientError) {
        let (resource, name) = (kinds[owner.identity.kind], owner.identity.name)
        do {
            let live = try await client.metadata(resource, namespace: name.namespace, name: name.name)
            if live.metadata.uid == owner.uid {
                pool.add(graph.learn(live, kind: owner.identity.kind))
                return
            }
        } catch {
            guard case .api(let refusal) = error, refusal.code == 404 else { throw error }
        }
        graph.learnAbsent(owner)
    }

    private func perform(_ action: OwnerGraph.Action) async throws(ClientError) {
        do {
            switch action {
            case .patch(let identity, let patch):
                _ = try await client.patch(
                    kinds[identity.kind],
                    namespace: identity.name.namespace,
                    name: identity.name.name,
                    type: .merge,
                    body: patch.json
                )
            case .delete(let identity, let options):
                let resource = kinds[identity.kind]
                logger.info(
                    "deletes an object without owners",
                    metadata: [
                        "kind": "\(resource.kind)",
                        "object": "\(identity.name.namespace.map { "\($0)/" } ?? "")\(identity.name.name)",
                    ]
                )
                _ = try await client.delete(
                    resource,
                    namespace: identity.name.namespace,
                    name: identity.name.name,
                    options: options.json.json
                )
            }
        } catch {
            // It is gone: the watch tells.
            guard case .api(let refusal) = error, refusal.code == 404 else { throw error }
        }
    }
}
