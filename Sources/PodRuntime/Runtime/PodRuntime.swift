public import JSON
public import Logging
import ServiceLifecycle
import Synchronization

/// Runs the pods of one node as processes in namespaces of this machine.
///
/// It is a laboratory runtime and no isolation boundary: containers are programs of the host, and run as root unless
/// told otherwise.
public actor PodRuntime {
    /// The pods' statuses: of each the latest that was not yet taken, so that a slow reader misses only what is
    /// outdated. For one reader.
    public nonisolated let reports: AsyncStream<PodReport>

    let configuration: PodRuntimeConfiguration
    private let environment: any PodEnvironment
    private let logger: Logger
    private let queue = ReportQueue()

    private var workers: [String: PodMailbox] = [:]
    /// Pods whose workers are not there yet.
    private var starts: [(PodMailbox, PodSpecification)] = []
    /// The pods of the last complete list that was not yet compared with the disk.
    private var kept: Set<String>?
    /// Last reports of pods that are gone and whose objects may still be there; the oldest is first.
    private var finished: [PodReport] = []
    /// There from the moment at which ``run()`` begins.
    var services: PodServices?
    private let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    private static let finishedLimit = 1_024

    /// A runtime that has not begun.
    public init(configuration: PodRuntimeConfiguration, environment: any PodEnvironment, logger: Logger) {
        self.configuration = configuration
        self.environment = environment
        self.logger = logger
        reports = queue.stream
        (wakes, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Runs pods until it is cancelled or the service group shuts down gracefully. Once only.
    ///
    /// - Throws: Where the state folder cannot be used.
    public func run() async throws {
        defer { queue.finish() }
        let disk = PodDisk(configuration: configuration)
        try await disk.prepare()
        let watch = try DescriptorWatch()
        let services = PodServices(
            configuration: configuration,
            environment: environment,
            logger: logger,
            disk: disk,
            remover: PodRemover(),
            runner: ProgramRunner(watch: watch),
            groups: ContainerGroups(path: configuration.cgroup, logger: logger),
            probes: ProbeRunner(watch: watch),
            reports: queue,
            busybox: BusyboxLinks(folder: "\(configuration.stateFolder)/busybox")
        )
        self.services = services
        await cancelWhenGracefulShutdown { await self.serve(services) }
        guard configuration.stopsPods, !Task.isCancelled else { return }
        await stopAll(services)
    }

    /// Starts workers as pods come, until it is cancelled.
    private func serve(_ services: PodServices) async {
        await withDiscardingTaskGroup { group in
            waker.yield()
            for await _ in wakes {
                if Task.isCancelled { break }
                await startWorkers(services, &group)
            }
            group.cancelAll()
        }
    }

    private func startWorkers(_ services: PodServices, _ group: inout DiscardingTaskGroup) async {
        if let kept {
            self.kept = nil
            await end(allBut: kept, services)
        }
        let starts = starts
        self.starts = []
        for (mailbox, pod) in starts {
            group.addTask {
                let report = await PodWorker(services: services, mailbox: mailbox).run(pod)
                if let report { await self.ended(report) }
            }
        }
    }

    /// Ends everything that there is, with its grace.
    private func stopAll(_ services: PodServices) async {
        let mailboxes = Array(workers.values)
        workers = [:]
        await withDiscardingTaskGroup { group in
            for mailbox in mailboxes {
                guard var pod = mailbox.snapshot?.pod else { continue }
                pod.deletionGracePeriod = pod.deletionGracePeriod ?? pod.gracePeriod
                let (ending, fresh) = (pod, PodMailbox(uid: pod.uid))
                group.addTask { _ = await PodWorker(services: services, mailbox: fresh).run(ending) }
            }
        }
    }

    /// Ends pods of the disk that are not in the list and that nobody has taken over.
    private func end(allBut kept: Set<String>, _ services: PodServices) async {
        for uid in await services.disk.uids() where !kept.contains(uid) && workers[uid] == nil {
            guard let object = await services.disk.savedPod(uid), let pod = try? PodSpecification(object) else {
                logger.warning("\(uid) in \(configuration.stateFolder)/pods is no pod of this runtime: it is left")
                continue
            }
            guard workers[uid] == nil else { continue }
            let mailbox = PodMailbox(uid: uid)
            mailbox.remove()
            workers[uid] = mailbox
            starts.append((mailbox, pod))
        }
    }

    private func ended(_ report: PodReport) {
        workers[report.uid] = nil
        if finished.count >= Self.finishedLimit { finished.removeFirst() }
        finished.append(report)
    }

    /// Takes over a pod as the API server has it, new or changed, also one that is being deleted.
    public func apply(_ object: JSONValue) {
        let pod: PodSpecification
        do {
            pod = try PodSpecification(object)
        } catch {
            logger.error("a pod is left out: \(error)")
            return
        }
        if let report = finished.first(where: { $0.uid == pod.uid }) {
            queue.put(report)
            return
        }
        if let mailbox = workers[pod.uid] {
            mailbox.apply(pod)
            return
        }
        let phase = object[path: "status", "phase"]?.string
        let hasEnded = phase == "Succeeded" || phase == "Failed"
        let mailbox = PodMailbox(uid: pod.uid, cameEnded: hasEnded)
        if !hasEnded, pod.deletionGracePeriod == nil,
            workers.values.count(where: \.takesPlace) >= configuration.maxPods
        {
            mailbox.refuse()
        }
        workers[pod.uid] = mailbox
        starts.append((mailbox, pod))
        waker.yield()
    }

    /// Ends a pod that the API server no longer has, without grace.
    public func remove(uid: String) {
        finished.removeAll { $0.uid == uid }
        workers[uid]?.remove()
    }

    /// Ends every pod but these, without grace: after a complete list. It reaches what an earlier runtime left too.
    public func keep(_ uids: Set<String>) {
        finished.removeAll { !uids.contains($0.uid) }
        for (uid, mailbox) in workers where !uids.contains(uid) { mailbox.remove() }
        kept = uids
        waker.yield()
    }

    /// The pod of that name, the newest where there are several.
    func snapshot(namespace: String, pod: String) -> PodSnapshot? {
        let found = workers.values.compactMap(\.snapshot).filter { $0.pod.name == pod && $0.pod.namespace == namespace }
        return found.first { $0.pod.deletionGracePeriod == nil } ?? found.first
    }

    /// What was last told of a pod's containers.
    func mailbox(uid: String) -> PodMailbox? { workers[uid] }
}
