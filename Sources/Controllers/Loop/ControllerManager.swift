import JSON
public import KubernetesAPI
public import KubernetesClient
public import Logging
public import ServiceLifecycle

/// Runs controllers: follows the cluster, asks them what to do, and does it.
///
/// One actor holds what is known; controllers are asked on it, one after the other, and answer at once. Requests are
/// made by several workers, for one key of a controller by one at a time.
public actor ControllerManager: ServiceLifecycle.Service {
    private struct Work: Hashable, Sendable {
        var controller: Int
        var key: ObjectName
    }

    let client: KubernetesClient
    private let controllers: [any Controller]
    private let kinds: Set<ResourceType>
    private let workerCount: Int
    private let logger: Logger
    let wallClock: @Sendable () -> Timestamp
    private let recorder: EventRecorder
    private let observer: any ControllerObserver

    private(set) var state = ClusterState()
    private let pool: WorkerPool<Work>
    /// Kinds whose first list is still to come; controllers are asked once all are there.
    private var missing: Set<String> = []
    private var bindings = AssumedBindings()

    /// A manager; nothing is asked before it runs.
    ///
    /// - Parameters:
    ///   - client: Whom to ask and tell, as `system:kube-controller-manager`.
    ///   - controllers: Whom to run.
    ///   - kinds: What they look at; the client must be allowed to list and watch all of it.
    ///   - component: The name that its Events have as their source.
    ///   - workerCount: How many requests are made at once.
    ///   - observer: Is told of each piece of work.
    public init(
        client: KubernetesClient,
        controllers: [any Controller],
        following kinds: Set<ResourceType> = ControllerManager.allKinds,
        component: String = "controller-manager",
        workerCount: Int = 16,
        logger: Logger,
        observer: any ControllerObserver = SilentObserver(),
        wallClock: @escaping @Sendable () -> Timestamp = { Timestamp.now }
    ) {
        self.client = client
        pool = WorkerPool(time: client.time)
        self.controllers = controllers
        self.kinds = kinds.intersection(Self.allKinds)
        self.workerCount = workerCount
        self.logger = logger
        self.observer = observer
        self.wallClock = wallClock
        recorder = EventRecorder(client: client, component: component, wallClock: wallClock)
    }

    /// Whether every kind was listed once.
    public var isSynced: Bool { pool.isOpen }

    /// What is known at this moment.
    public var currentState: ClusterState { state }

    /// Runs until it is cancelled or asked to stop.
    public func run() async throws {
        missing = Set(kinds.map(\.plural))
        // After a run that was ended nothing of it is true any more.
        state = ClusterState()
        bindings = AssumedBindings()
        await cancelWhenGracefulShutdown {
            await self.runPool()
        }
        observer.synced(false)
    }

    private func runPool() async {
        let followers: [@Sendable () async -> Void] = [
            { await self.follow(.pods) },
            { await self.follow(.services) },
            { await self.follow(.endpointSlices) },
            { await self.follow(.endpoints) },
            { await self.follow(.nodes) },
            { await self.follow(.leases) },
            { await self.follow(.namespaces) },
            { await self.follow(.serviceAccounts) },
            { await self.follow(.deployments) },
            { await self.follow(.replicaSets) },
            { await self.follow(.daemonSets) },
            { await self.follow(.rootCertificates) },
            { await self.follow(.tokenSecrets) },
        ]
        await pool.run(workers: workerCount, beside: followers) { await self.work(on: $0) }
    }

    /// All kinds that can be followed.
    public static let allKinds: Set<ResourceType> = [
        Pod.resource, ServiceKind.resource, EndpointSliceKind.resource, EndpointsKind.resource, NodeKind.resource,
        LeaseKind.resource, NamespaceKind.resource, ServiceAccountKind.resource, DeploymentKind.resource,
        ReplicaSetKind.resource, DaemonSetKind.resource, ConfigMapKind.resource, SecretKind.resource,
    ]

    // MARK: What is known

    private func follow<Object>(_ kind: FollowedKind<Object>) async {
        guard kinds.contains(Object.resource) else { return }
        for await event in Reflector(Object.self, client: client, selection: kind.selection) {
            switch event {
            case .replaced(let objects, let version, let unreadable):
                for error in unreadable { logger.warning("cannot read an object", metadata: ["error": "\(error)"]) }
                replaceAll(kind, objects.map { complete($0) }, version, unreadable)
            case .changed(let object):
                let known = complete(object)
                take(kind) { $0.put(known) }
            case .deleted(let namespace, let name):
                take(kind) { $0.remove(ObjectName(namespace: namespace, name: name)) }
            case .unreadable(let error):
                logger.warning("cannot read an object", metadata: ["error": "\(error)"])
            case .interrupted(let error, let delay):
                logger.debug("cannot follow", metadata: ["error": "\(error)", "retryAfter": "\(delay)"])
            }
        }
    }

    private func replaceAll<Object>(
        _ kind: FollowedKind<Object>,
        _ objects: [Object],
        _ version: String,
        _ unreadable: [ObjectError]
    ) {
        var changes: [ObjectTable<Object>.Change] = []
        let kept = Set(unreadable.map { ObjectName(namespace: $0.namespace, name: $0.name ?? "") })
        kind.table(&state) { changes = $0.replaceAll(objects, version: version, keeping: kept) }
        for change in changes { enqueue(kind.change(change)) }
        guard missing.remove(Object.resource.plural) != nil, missing.isEmpty else { return }
        logger.info("all kinds are known; controllers begin")
        observer.synced(true)
        pool.open()
    }

    func take<Object>(
        _ kind: FollowedKind<Object>,
        _ body: (inout ObjectTable<Object>) -> ObjectTable<Object>.Change?
    ) {
        var change: ObjectTable<Object>.Change?
        kind.table(&state) { change = body(&$0) }
        if let change { enqueue(kind.change(change)) }
    }

    private func enqueue(_ change: ClusterChange) {
        state.observe(change, at: client.time.now())
        if case .pod(let change) = change { bindings.note(change) }
        for (index, controller) in controllers.enumerated() {
            let keys = controller.keys(for: change, in: state)
            pool.add(keys.map { Work(controller: index, key: $0) })
            for key in keys { observer.queued(controller.name, key) }
        }
    }

    /// What the server tells of an object, with what it does not show yet: the node of a pod that is being bound.
    func complete<Object>(_ object: Object) -> Object {
        guard let pod = object as? Pod else { return object }
        return bindings.complete(pod) as? Object ?? object
    }

    // MARK: Work

    private func work(on work: Work) async {
        let controller = controllers[work.controller]
        let started = client.time.now()
        state.uptime = started
        let wanted = controller.reconcile(work.key, in: state, now: wallClock())
        let assumed = assume(wanted.writes)
        var current: ClusterWrite?
        do {
            for write in wanted.writes {
                current = write
                try await perform(write)
            }
            pool.succeed(work, again: wanted.again)
            observer.worked(controller.name, work.key, failed: nil, took: client.time.now() - started)
            for event in wanted.events { await recorder.record(event) }
        } catch {
            for pod in assumed { await settle(pod, after: error) }
            await tell(controller, work.key, current, error)
            failed(work, controller.name, current, error, started: started)
        }
    }

    /// Lets a controller say that a request of its was refused; that this fails, too, is not told.
    private func tell(_ controller: any Controller, _ key: ObjectName, _ write: ClusterWrite?, _ error: ClientError)
        async
    {
        guard let write, case .api(let refusal) = error, !error.isConflict else { return }
        let wanted = controller.refused(
            write,
            because: refusal.status.message,
            for: key,
            in: state,
            now: wallClock()
        )
        for write in wanted.writes { try? await perform(write) }
        for event in wanted.events { await recorder.record(event) }
    }

    // MARK: Pods that get a node

    /// Takes pods as bound from the moment on that it is decided, so that the next decision counts with them.
    ///
    /// - Returns: The pods as they were.
    private func assume(_ writes: [ClusterWrite]) -> [Pod] {
        writes.compactMap { write in
            guard write.subresource == "binding", case .create(let binding) = write.action,
                let node = binding[path: "target", "name"]?.string,
                let pod = state.pods[write.namespace, write.name]
            else { return nil }
            let bound = bindings.assume(pod, on: node)
            take(.pods) { $0.assume(bound) }
            return pod
        }
    }

    /// Takes back that a pod is bound, where the server did not do it. Where nobody can tell it is asked, for as long
    /// as it takes: until then the room on the node is not given away.
    private func settle(_ pod: Pod, after error: ClientError) async {
        guard error != .cancelled else { return }
        guard error.leavesOutcomeOpen || error.isConflict else { return free(pod) }
        var backoff = Backoff(initial: .milliseconds(100), maximum: .seconds(5))
        while bindings.contains(pod) {
            do {
                let (namespace, name) = (pod.metadata.namespace, pod.metadata.name)
                let live = try await client.get(Pod.self, namespace: namespace, name: name)
                // If it is another pod the watch tells that this one is gone.
                guard live.metadata.uid == pod.metadata.uid else { return }
                guard !live.nodeName.isEmpty else { return free(pod) }
                let bound = bindings.complete(live)
                take(.pods) { $0.put(bound, isAnswer: true) }
            } catch {
                if case .api(let refusal) = error, refusal.code == 404 { return }
                let wait = backoff.next(now: client.time.now(), jitter: Double.random(in: 0..<1))
                guard (try? await client.time.sleep(wait)) != nil else { return }
            }
        }
    }

    /// Takes back that a pod is bound, unless the server told of it since then.
    private func free(_ pod: Pod) {
        guard bindings.remove(pod), let known = state.pods[ObjectName(pod.metadata)],
            known.metadata.uid == pod.metadata.uid
        else { return }
        var free = known
        free.nodeName = pod.nodeName
        take(.pods) { $0.assume(free) }
    }

    /// How long the watch has to tell of an object that may have been made, before another one is.
    private static let patience = Duration.seconds(1)

    private func failed(
        _ work: Work,
        _ controller: String,
        _ write: ClusterWrite?,
        _ error: ClientError,
        started: Duration
    ) {
        var least = Duration.zero
        if case .api(let refusal) = error { least = refusal.retryAfter ?? .zero }
        if let write, write.mayHaveMade(error) { least = max(least, Self.patience) }
        let delay = pool.fail(work, atLeast: least)
        guard error != .cancelled else { return }
        observer.worked(controller, work.key, failed: error, took: client.time.now() - started)
        logger.log(
            level: error.isConflict ? .debug : .warning,
            "work failed, it is tried again",
            metadata: [
                "controller": "\(controller)", "key": "\(work.key.namespace ?? "")/\(work.key.name)",
                "error": "\(error)", "retryAfter": "\(delay)",
            ]
        )
    }
}
