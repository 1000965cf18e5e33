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
    /// The nodes of pods that are being bound, by the pods' uids.
    private var assumedNodes: [String: String] = [:]

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
        assumedNodes = [:]
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
                replaceAll(kind, objects.map { withAssumedNode($0) }, version, unreadable)
            case .changed(let object):
                let known = withAssumedNode(object)
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
        for (index, controller) in controllers.enumerated() {
            let keys = controller.keys(for: change, in: state)
            pool.add(keys.map { Work(controller: index, key: $0) })
            for key in keys { observer.queued(controller.name, key) }
        }
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
            for pod in assumed { assumedNodes[pod.metadata.uid] = nil }
            pool.succeed(work, again: wanted.again)
            observer.worked(controller.name, work.key, failed: nil, took: client.time.now() - started)
            for event in wanted.events { await recorder.record(event) }
        } catch {
            undo(assumed)
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
            var bound = pod
            bound.nodeName = node
            assumedNodes[pod.metadata.uid] = node
            take(.pods) { $0.assume(bound) }
            return pod
        }
    }

    /// A pod that is being bound, on its node: somebody else's change of it comes before the binding.
    private func withAssumedNode<Object>(_ object: Object) -> Object {
        guard !assumedNodes.isEmpty, var pod = object as? Pod, let node = assumedNodes[pod.metadata.uid] else {
            return object
        }
        guard pod.nodeName.isEmpty else {
            assumedNodes[pod.metadata.uid] = nil
            return object
        }
        pod.nodeName = node
        return pod as? Object ?? object
    }

    /// Takes back what was assumed of pods, but for those that the server told of since then.
    private func undo(_ pods: [Pod]) {
        for pod in pods {
            guard assumedNodes.removeValue(forKey: pod.metadata.uid) != nil else { continue }
            guard let known = state.pods[ObjectName(pod.metadata)], known.metadata.uid == pod.metadata.uid else {
                continue
            }
            var free = known
            free.nodeName = pod.nodeName
            take(.pods) { $0.assume(free) }
        }
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
