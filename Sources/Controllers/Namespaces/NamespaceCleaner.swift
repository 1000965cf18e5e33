import JSON
public import KubernetesAPI
public import KubernetesClient
public import Logging
public import ServiceLifecycle

/// Empties namespaces that are to go, and lets them go when they are empty.
///
/// Pods go first, and nothing else before they are gone: they may still need what is there, such as the policies that
/// guard them.
public struct NamespaceCleaner: ServiceLifecycle.Service {
    private let client: KubernetesClient
    private let kinds: [ResourceType]
    private let logger: Logger
    private let retryPeriod: Duration
    private let observer: any ControllerObserver
    private let wallClock: @Sendable () -> Timestamp
    private static let name = "namespace-controller"
    private static let parallelLimit = 8

    /// A cleaner; nothing is asked before it runs.
    ///
    /// - Parameters:
    ///   - kinds: All kinds that are served and can be deleted; those without namespaces are ignored.
    ///   - retryPeriod: How often a namespace that is not empty is looked at again.
    public init(
        client: KubernetesClient,
        kinds: [ResourceType],
        logger: Logger,
        retryPeriod: Duration = .seconds(1),
        observer: any ControllerObserver = SilentObserver(),
        wallClock: @escaping @Sendable () -> Timestamp = { Timestamp.now }
    ) {
        self.client = client
        self.kinds =
            kinds.filter { $0.namespaced && $0.plural != "events" }
            + kinds.filter { $0.namespaced && $0.plural == "events" }
        self.logger = logger
        self.retryPeriod = retryPeriod
        self.observer = observer
        self.wallClock = wallClock
    }

    /// Runs until it is cancelled or asked to stop.
    public func run() async throws {
        await cancelWhenGracefulShutdown { await self.follow() }
    }

    /// One task follows the namespaces; each that is to go is emptied by one of a few others.
    private func follow() async {
        let (names, continuation) = AsyncStream.makeStream(of: String.self)
        await withDiscardingTaskGroup { group in
            group.addTask {
                await self.tell(continuation)
                continuation.finish()
            }
            let underWay = UnderWay(limit: Self.parallelLimit)
            for await name in names where await underWay.insert(name) {
                group.addTask {
                    repeat { await self.empty(name, underWay) } while await !underWay.end(name)
                }
            }
            group.cancelAll()
        }
    }

    /// Which namespaces are seen to, and how many of them at this moment.
    private actor UnderWay {
        private var names: Set<String> = []
        /// Those that something was told of meanwhile: it may be another namespace of that name.
        private var toldAgain: Set<String> = []
        private var free: Int
        private var waiting: [CheckedContinuation<Void, Never>] = []

        init(limit: Int) {
            free = limit
        }

        func insert(_ name: String) -> Bool {
            let isNew = names.insert(name).inserted
            if !isNew { toldAgain.insert(name) }
            return isNew
        }

        /// Ends the work on a namespace; false where it must be looked at again.
        func end(_ name: String) -> Bool {
            guard toldAgain.remove(name) == nil || Task.isCancelled else { return false }
            names.remove(name)
            return true
        }

        /// Waits for a turn. Whoever has one gives it back soon, also where the task is cancelled.
        func begin() async {
            guard free == 0 else {
                free -= 1
                return
            }
            await withCheckedContinuation { waiting.append($0) }
        }

        func end() {
            if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
        }
    }

    private func tell(_ names: AsyncStream<String>.Continuation) async {
        for await event in Reflector(Resource<NamespaceKind>.self, client: client) {
            switch event {
            case .replaced(let objects, _, _):
                for object in objects where object.metadata.deletionTimestamp != nil {
                    names.yield(object.metadata.name)
                }
            case .changed(let object):
                if object.metadata.deletionTimestamp != nil { names.yield(object.metadata.name) }
            case .deleted, .unreadable, .interrupted: break
            }
        }
    }

    /// Goes on until the namespace is gone.
    private func empty(_ name: String, _ underWay: UnderWay) async {
        let key = ObjectName(namespace: nil, name: name)
        var backoff = Backoff(initial: retryPeriod, maximum: max(retryPeriod, .seconds(5)))
        while !Task.isCancelled {
            await underWay.begin()
            let started = client.time.now()
            var failure: ClientError?
            var isDone = false
            do {
                isDone = try await pass(name)
            } catch {
                failure = error
                logger.debug("cannot empty a namespace yet", metadata: ["namespace": "\(name)", "error": "\(error)"])
            }
            await underWay.end()
            guard failure != .cancelled else { return }
            observer.worked(Self.name, key, failed: failure, took: client.time.now() - started)
            if isDone { return }
            let wait = backoff.next(now: client.time.now(), jitter: Double.random(in: 0..<0.2))
            try? await client.time.sleep(wait)
        }
    }

    /// Does what can be done at once.
    ///
    /// - Returns: Whether there is no more to do.
    func pass(_ name: String) async throws(ClientError) -> Bool {
        guard let namespace = try await read(name), namespace.metadata.deletionTimestamp != nil else { return true }
        guard NamespaceContent.finalized(namespace.value) != nil else { return true }
        let content = await deleteContent(of: name)
        var value = namespace.value
        if let updated = content.updated(value, now: wallClock()) {
            let answer = try await client.replace(
                NamespaceKind.resource,
                namespace: nil,
                name: name,
                subresource: "status",
                body: updated.json
            )
            value = (try? JSONValue(json: answer)) ?? value
        }
        guard content.isEmpty, let finalized = NamespaceContent.finalized(value) else { return false }
        _ = try await client.replace(
            NamespaceKind.resource,
            namespace: nil,
            name: name,
            subresource: "finalize",
            body: finalized.json
        )
        logger.info("a namespace is empty and goes", metadata: ["namespace": "\(name)"])
        return true
    }

    private func read(_ name: String) async throws(ClientError) -> Resource<NamespaceKind>? {
        do {
            return try await client.get(name: name)
        } catch {
            if case .api(let refusal) = error, refusal.code == 404 { return nil }
            throw error
        }
    }

    private func deleteContent(of namespace: String) async -> NamespaceContent {
        var content = NamespaceContent()
        for resource in kinds where resource == Pod.resource { await delete(resource, in: namespace, &content) }
        guard content.isEmpty else { return content }
        for resource in kinds where resource != Pod.resource { await delete(resource, in: namespace, &content) }
        return content
    }

    /// Deletes all objects of a kind, and looks what is left.
    private func delete(_ resource: ResourceType, in namespace: String, _ content: inout NamespaceContent) async {
        let options = ClusterWrite.DeleteOptions(propagationPolicy: "Background").json.json
        do {
            try await client.deleteCollection(resource, namespace: namespace, options: options)
        } catch {
            // A kind that is not served any more, or cannot be deleted like that, is judged by what is left.
            guard case .api(let refusal) = error, refusal.code == 404 || refusal.code == 405 else {
                content.add(resource, failure: "\(error)")
                return
            }
        }
        do {
            content.add(resource, try await list(resource, in: namespace))
        } catch {
            if case .api(let refusal) = error, refusal.code == 404 || refusal.code == 405 { return }
            content.add(resource, failure: "\(error)")
        }
    }

    private func list(_ resource: ResourceType, in namespace: String) async throws(ClientError) -> [PartialMetadata] {
        var objects: [PartialMetadata] = []
        var continuation: String?
        repeat {
            let page = try await client.list(
                PartialMetadata.self,
                of: resource,
                Selection(namespace: namespace),
                limit: 500,
                continuation: continuation
            )
            objects += page.items
            continuation = page.continuation
        } while continuation?.isEmpty == false
        return objects
    }
}
