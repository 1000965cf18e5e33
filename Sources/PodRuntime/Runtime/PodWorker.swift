import JSON
import Logging
import PodLauncher

/// What all workers share.
struct PodServices: Sendable {
    let configuration: PodRuntimeConfiguration
    let environment: any PodEnvironment
    let logger: Logger
    let disk: PodDisk
    let remover: PodRemover
    let runner: ProgramRunner
    let groups: ContainerGroups
    let probes: ProbeRunner
    let reports: ReportQueue
    let busybox: BusyboxLinks

    /// A run of a container; the disk is asked only for what this process did not start or has not asked for yet.
    func run(_ mailbox: PodMailbox?, _ paths: PodPaths, _ name: String, _ attempt: Int) async -> ContainerRun? {
        if let run = mailbox?.run(of: name), run.attempt == attempt { return run }
        guard let run = await disk.containerRun(paths, name, attempt) else { return nil }
        mailbox?.keep(run, of: name)
        return run
    }
}

/// A run of a container, for those who signal it or start programs in it.
struct ContainerRun: Sendable {
    var attempt: Int
    var record: RunRecord
    var specification: LaunchSpecification
}

/// Does what one pod's machine says, and tells it how that went.
struct PodWorker: Sendable {
    let services: PodServices
    let mailbox: PodMailbox

    /// Runs until the pod is gone, or the task is cancelled; the last report where it is gone.
    func run(_ first: PodSpecification) async -> PodReport? {
        let paths = PodPaths(services.configuration, namespace: first.namespace, name: first.name, uid: first.uid)
        var machine = PodMachine(first, at: .now())
        return await withDiscardingTaskGroup { group in
            defer { group.cancelAll() }
            await adopt(&machine, paths, &group)
            var course = Course(machine: machine)
            if !ProjectedToken.all(of: first).isEmpty {
                let task = PodTask(services: services, mailbox: mailbox, pod: first, paths: paths)
                group.addTask { await task.keepTokens() }
            }
            // Once without being asked: what was left may have to go on.
            mailbox.wake()
            while await mailbox.wait(until: course.machine.wakeTime) {
                take(&course)
                if course.isNew, !course.machine.isGone { await save(&course, paths) }
                let now = Moment.now()
                let actions = course.machine.next(at: now)
                let task = PodTask(services: services, mailbox: mailbox, pod: course.machine.pod, paths: paths)
                for action in actions {
                    let addresses = course.machine.addresses
                    group.addTask { await task.perform(action, addresses: addresses) }
                }
                mailbox.snapshot = snapshot(course.machine, paths)
                if course.machine.isDeleted, course.machine.isGone {
                    let report = report(&course, isFinished: true)
                    guard await finish(paths) else { return nil }
                    services.reports.put(report)
                    return report
                }
                tell(&course)
            }
            return nil
        }
    }

    /// What the loop keeps.
    private struct Course {
        var machine: PodMachine
        /// Whether the object has come since it was last compared with what is on the disk.
        var isNew = true
        var savedPod: JSONValue?
        var lastStatus: JSONValue?
    }

    /// Keeps the object where it has changed; the echoes of its statuses are no changes.
    private func save(_ course: inout Course, _ paths: PodPaths) async {
        let pod = course.machine.pod
        let lasting = pod.lasting
        do {
            // Without it a restart would not know whose files these are.
            if lasting != course.savedPod { try await services.disk.save(pod, paths) }
            course.savedPod = lasting
            course.isNew = false
        } catch {
            services.logger.error("pod \(pod.namespace)/\(pod.name) cannot be kept: \(error)")
        }
    }

    private func take(_ course: inout Course) {
        let content = mailbox.take()
        if let pod = content.pod {
            course.machine.update(pod)
            course.isNew = true
        }
        if content.isRemoved { course.machine.isRemoved = true }
        if content.isRefused, course.machine.failure == nil {
            course.machine.failure = .init(
                reason: "OutOfpods",
                message: "Pod was rejected: Node didn't have enough resource: pods"
            )
        }
        let now = Moment.now()
        for event in content.events { course.machine.handle(event, at: now) }
    }

    /// Takes over what an earlier process left, and waits for the ends of its containers.
    private func adopt(
        _ machine: inout PodMachine,
        _ paths: PodPaths,
        _ group: inout DiscardingTaskGroup
    ) async {
        let disk = services.disk
        guard await disk.hasFiles(paths) else {
            machine.settle()
            return
        }
        let pod = machine.pod
        let record = await disk.sandbox(paths)
        var isIntact = false
        if let record { isIntact = await disk.isIntact(record) }
        // One that was just being started when the earlier process died: nothing else may be done before it is known
        // what becomes of it, or it would be started twice.
        while await disk.hasStarting(pod, paths) {
            guard (try? await Task.sleep(for: .milliseconds(20))) != nil else { return }
        }
        var leftovers = await disk.leftovers(pod, paths)
        if !isIntact { leftovers = await disk.ended(leftovers, paths) }
        machine.adopt(addresses: isIntact ? record?.addresses : nil, hasFiles: true, leftovers, at: .now())
        let task = PodTask(services: services, mailbox: mailbox, pod: pod, paths: paths)
        for (name, leftover) in leftovers where leftover.runningSince != nil {
            group.addTask { await task.follow(name, leftover.attempt) }
        }
    }

    private func tell(_ course: inout Course) {
        let report = report(&course, isFinished: false)
        guard report.status != course.lastStatus || !report.notes.isEmpty else { return }
        course.lastStatus = report.status
        services.reports.put(report)
    }

    private func report(_ course: inout Course, isFinished: Bool) -> PodReport {
        let pod = course.machine.pod
        return PodReport(
            uid: pod.uid,
            namespace: pod.namespace,
            name: pod.name,
            status: course.machine.status(
                on: .init(addresses: services.configuration.nodeAddresses),
                at: .now()
            ),
            isFinished: isFinished,
            notes: course.machine.takeNotes()
        )
    }

    /// Removes what is left of the pod; false where the task was cancelled before that was done.
    private func finish(_ paths: PodPaths) async -> Bool {
        var pause: Duration = .milliseconds(20)
        while !services.groups.remove(mailbox.uid) {
            // Its processes are ending. Nobody would remove the group of a pod that is forgotten.
            guard (try? await Task.sleep(for: pause)) != nil else { return false }
            pause = min(pause * 5 / 4, .seconds(1))
        }
        await services.remover.removeAll(paths)
        return true
    }

    private func snapshot(_ machine: PodMachine, _ paths: PodPaths) -> PodSnapshot {
        var containers: [String: PodSnapshot.Container] = [:]
        for (name, state) in machine.containers {
            switch state.phase {
            case .running: containers[name] = .init(attempt: state.attempt, isRunning: true, reason: "")
            case .exited(let exit):
                containers[name] = .init(attempt: exit.attempt, isRunning: false, reason: exit.reason)
            case .waiting(let refusal):
                let reason = refusal?.reason ?? "ContainerCreating"
                containers[name] = .init(attempt: state.lastExit?.attempt, isRunning: false, reason: reason)
            case .starting:
                containers[name] = .init(
                    attempt: state.lastExit?.attempt,
                    isRunning: false,
                    reason: "ContainerCreating"
                )
            }
        }
        let phase = machine.phase
        return PodSnapshot(
            pod: machine.pod,
            paths: paths,
            hasEnded: phase == "Succeeded" || phase == "Failed",
            containers: containers
        )
    }
}
