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

    private let client: KubernetesClient
    private let controllers: [any Controller]
    private let kinds: Set<ResourceType>
    private let workerCount: Int
    private let logger: Logger
    private let wallClock: @Sendable () -> Timestamp
    private let recorder: EventRecorder
    private let observer: any ControllerObserver

    private var state = ClusterState()
    private var queue = WorkQueue<Work>()
    private var idleWorkers: [CheckedContinuation<Work?, Never>] = []
    private var isStopping = false
    /// Kinds whose first list is still to come; controllers are asked once all are there.
    private var missing: Set<String> = []
    /// The nodes of pods that are being bound, by the pods' uids.
    private var assumedNodes: [String: String] = [:]
    private var timers: AsyncStream<(Work, Duration)>.Continuation?

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
        self.controllers = controllers
        self.kinds = kinds.intersection(Self.allKinds)
        self.workerCount = workerCount
        self.logger = logger
        self.observer = observer
        self.wallClock = wallClock
        recorder = EventRecorder(client: client, component: component, wallClock: wallClock)
    }

    /// Whether every kind was listed once.
    public var isSynced: Bool { missing.isEmpty && timers != nil }

    /// What is known at this moment.
    public var currentState: ClusterState { state }

    /// Runs until it is cancelled or asked to stop.
    public func run() async throws {
        let (timers, continuation) = AsyncStream.makeStream(of: (Work, Duration).self)
        self.timers = continuation
        isStopping = false
        await cancelWhenGracefulShutdown {
            await withTaskCancellationHandler {
                await self.runParts(timers)
            } onCancel: {
                continuation.finish()
            }
        }
        self.timers = nil
        observer.synced(false)
    }

    private func runParts(_ timers: AsyncStream<(Work, Duration)>) async {
        missing = Set(kinds.map(\.plural))
        // After a run that was ended nothing of it is true any more: not what is known, and not what waits.
        state = ClusterState()
        assumedNodes = [:]
        queue = WorkQueue()
        // Discarding: each timer is a task, and there is no end of them.
        await withDiscardingTaskGroup { group in
            group.addTask { await self.follow(.pods) }
            group.addTask { await self.follow(.services) }
            group.addTask { await self.follow(.endpointSlices) }
            group.addTask { await self.follow(.endpoints) }
            group.addTask { await self.follow(.nodes) }
            group.addTask { await self.follow(.leases) }
            group.addTask { await self.follow(.namespaces) }
            group.addTask { await self.follow(.serviceAccounts) }
            group.addTask { await self.follow(.deployments) }
            group.addTask { await self.follow(.replicaSets) }
            group.addTask { await self.follow(.daemonSets) }
            group.addTask { await self.follow(.rootCertificates) }
            group.addTask { await self.follow(.tokenSecrets) }
            for _ in 0..<workerCount { group.addTask { await self.work() } }
            for await (work, time) in timers {
                group.addTask { await self.wait(work, until: time) }
            }
            // The stream ends where the task is cancelled.
            self.stopWorkers()
            group.cancelAll()
        }
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
        wakeWorkers()
    }

    private func take<Object>(
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
            for key in controller.keys(for: change, in: state) {
                queue.add(Work(controller: index, key: key))
                observer.queued(controller.name, key)
            }
        }
        wakeWorkers()
    }

    /// Takes in what the server answered to a write, so that no controller acts on what was before it.
    private func absorb(_ write: ClusterWrite, _ answer: [UInt8]) {
        guard write.subresource == nil || write.subresource == "status" else { return }
        switch write.resource {
        case Pod.resource: absorb(.pods, write, answer)
        case ServiceKind.resource: absorb(.services, write, answer)
        case EndpointSliceKind.resource: absorb(.endpointSlices, write, answer)
        case EndpointsKind.resource: absorb(.endpoints, write, answer)
        case NodeKind.resource: absorb(.nodes, write, answer)
        case NamespaceKind.resource: absorb(.namespaces, write, answer)
        case ServiceAccountKind.resource: absorb(.serviceAccounts, write, answer)
        case DeploymentKind.resource: absorb(.deployments, write, answer)
        case ReplicaSetKind.resource: absorb(.replicaSets, write, answer)
        case DaemonSetKind.resource: absorb(.daemonSets, write, answer)
        case ConfigMapKind.resource: absorb(.rootCertificates, write, answer)
        case SecretKind.resource: absorb(.tokenSecrets, write, answer)
        default: break
        }
    }

    private func absorb<Object>(_ kind: FollowedKind<Object>, _ write: ClusterWrite, _ answer: [UInt8]) {
        let object = try? Object(json: answer)
        if case .delete(let options) = write.action {
            if let object, object.metadata.deletionTimestamp != nil {
                // Unless the watch was first to tell that it is gone.
                let name = ObjectName(object.metadata)
                take(kind) {
                    $0[name]?.metadata.uid == object.metadata.uid ? $0.put(object, isAnswer: true) : nil
                }
            }
            // The server may say no more than that it is done: whether the object is gone already, the watch tells.
            let name = ObjectName(namespace: write.namespace, name: write.name)
            let now = wallClock()
            if let uid = options.uid { take(kind) { $0.markGoing(name, uid: uid, now: now) } }
        } else if let object, !object.metadata.name.isEmpty, !object.metadata.resourceVersion.isEmpty {
            take(kind) { $0.put(object, isAnswer: true) }
        }
    }

    // MARK: Work

    private func wakeWorkers() {
        guard missing.isEmpty else { return }
        while !idleWorkers.isEmpty, let work = queue.next() { idleWorkers.removeLast().resume(returning: work) }
    }

    private func stopWorkers() {
        isStopping = true
        for worker in idleWorkers { worker.resume(returning: nil) }
        idleWorkers = []
    }

    private func nextWork() async -> Work? {
        guard !isStopping, !Task.isCancelled else { return nil }
        if missing.isEmpty, let work = queue.next() { return work }
        return await withCheckedContinuation { idleWorkers.append($0) }
    }

    private func wait(_ work: Work, until time: Duration) async {
        while !Task.isCancelled, client.time.now() < time { try? await client.time.sleep(time - client.time.now()) }
        guard !Task.isCancelled else { return }
        queue.release(work, now: client.time.now())
        wakeWorkers()
    }

    private func add(_ work: Work, after delay: Duration) {
        let time = client.time.now() + delay
        if queue.add(work, at: time) { timers?.yield((work, time)) }
    }

    private func work() async {
        while let work = await nextWork() {
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
                queue.succeed(work)
                if let again = wanted.again { add(work, after: again) }
                observer.worked(controller.name, work.key, failed: nil, took: client.time.now() - started)
                for event in wanted.events { await recorder.record(event) }
            } catch {
                undo(assumed)
                await tell(controller, work.key, current, error)
                failed(work, controller.name, current, error, started: started)
            }
            wakeWorkers()
        }
    }

    /// Lets a controller say that a request of its was refused; that this fails, too, is not told.
    private func tell(_ controller: any Controller, _ key: ObjectName, _ write: ClusterWrite?, _ error: ClientError)
        async
    {
        guard let write, case .api(let refusal) = error, refusal.code != 409 else { return }
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
        let delay = queue.fail(work, atLeast: least)
        add(work, after: delay)
        guard error != .cancelled else { return }
        observer.worked(controller, work.key, failed: error, took: client.time.now() - started)
        let isConflict = if case .api(let refusal) = error { refusal.code == 409 } else { false }
        logger.log(
            level: isConflict ? .debug : .warning,
            "work failed, it is tried again",
            metadata: [
                "controller": "\(controller)", "key": "\(work.key.namespace ?? "")/\(work.key.name)",
                "error": "\(error)", "retryAfter": "\(delay)",
            ]
        )
    }

    /// Asks the server whether what a request rests on is still so.
    private func check(_ condition: ClusterWrite.Condition) async throws(ClientError) {
        var live: ObjectMeta?
        do {
            let (namespace, name) = (condition.object.namespace, condition.object.name)
            live = try await client.metadata(condition.resource, namespace: namespace, name: name).metadata
        } catch {
            guard case .api(let refusal) = error, refusal.code == 404 else { throw error }
        }
        guard !condition.holds(for: live) else { return }
        let message = "\(condition.resource.kind) \(condition.object.name) is not as it was known"
        throw .api(APIError(request: "GET \(condition.resource.plural)", code: 409, status: Status(message: message)))
    }

    private func perform(_ write: ClusterWrite) async throws(ClientError) {
        if let condition = write.condition { try await check(condition) }
        let (resource, namespace) = (write.resource, write.namespace)
        let answer: [UInt8]
        do {
            switch write.action {
            case .create(let object):
                answer = try await client.post(
                    resource,
                    namespace: namespace,
                    name: write.subresource == nil ? nil : write.name,
                    subresource: write.subresource,
                    body: object.json
                )
            case .replace(let object):
                answer = try await client.replace(
                    resource,
                    namespace: namespace,
                    name: write.name,
                    subresource: write.subresource,
                    body: object.json
                )
            case .patch(let type, let patch):
                answer = try await client.patch(
                    resource,
                    namespace: namespace,
                    name: write.name,
                    subresource: write.subresource,
                    type: type,
                    body: patch.json
                )
            case .delete(let options):
                answer = try await client.delete(
                    resource,
                    namespace: namespace,
                    name: write.name,
                    options: options.json.json
                )
            }
        } catch {
            // What is to be changed or deleted is gone: the watch tells, and whoever depends on it is asked again.
            if case .api(let refusal) = error, refusal.code == 404 {
                guard case .create = write.action else { return }
            }
            throw error
        }
        absorb(write, answer)
    }
}
