import Addressing
import Glibc
import JSON
import KubernetesAPI
import Logging
import PodLauncher

/// One thing that a pod's machine wants to have done; what comes of it goes into the mailbox.
struct PodTask: Sendable {
    let services: PodServices
    let mailbox: PodMailbox
    let pod: PodSpecification
    let paths: PodPaths

    /// The launcher works for milliseconds; this is for machines that are very busy.
    static let launcherLimit: Duration = .seconds(30)

    /// Upstream has no limit.
    private static let startHookLimit: Duration = .seconds(86_400)

    func perform(_ action: PodAction, addresses: [IPAddress]) async {
        switch action {
        case .makeSandbox:
            mailbox.post(await makeSandbox())
        case .removeSandbox:
            mailbox.post(await removeSandbox())
        case .start(let name, let attempt):
            await start(name, attempt, addresses)
        case .tell(let name, let attempt):
            let record = await run(name, attempt)?.record
            let container = pod.allContainers.first { $0.name == name }
            let signal = Self.number(of: container?.object[path: "lifecycle", "stopSignal"]?.string)
            record?.initial.signal(signal)
        case .kill(let name, let attempt):
            await run(name, attempt)?.record.initial.signal(SIGKILL)
            if let group = services.groups.path(pod.uid, name, attempt: attempt) {
                SmallFiles.set("\(group)/cgroup.kill", "1\n")
            }
        case .runStartHook(let name, let attempt, let hook):
            let outcome = await services.probes.run(hook, limit: Self.startHookLimit, addresses: addresses) {
                command,
                limit in
                await self.execute(command, name, attempt, limit: limit)
            }
            guard !Task.isCancelled else { return }
            mailbox.post(
                .startHookEnded(
                    container: name,
                    attempt: attempt,
                    isSuccess: outcome.isSuccess,
                    message: outcome.message
                )
            )
        case .runHook(let name, let attempt, let hook, let limit):
            let outcome = await services.probes.run(hook, limit: limit, addresses: addresses) { command, limit in
                await self.execute(command, name, attempt, limit: limit)
            }
            if !outcome.isSuccess {
                services.logger.warning("preStop of \(pod.namespace)/\(pod.name)/\(name): \(outcome.message)")
            }
            mailbox.post(.hookEnded(container: name, attempt: attempt))
        case .probe(let name, let attempt, let kind, let probe):
            let outcome = await services.probes.run(
                probe.action,
                limit: probe.timeout,
                addresses: addresses
            ) { command, limit in
                await self.execute(command, name, attempt, limit: limit)
            }
            // What was broken off says nothing.
            guard !Task.isCancelled else { return }
            mailbox.post(
                .probed(
                    container: name,
                    attempt: attempt,
                    kind,
                    isSuccess: outcome.isSuccess,
                    message: outcome.message
                )
            )
        }
    }

    private func run(_ name: String, _ attempt: Int) async -> ContainerRun? {
        await services.run(mailbox, paths, name, attempt)
    }

    // MARK: Containers

    private func start(_ name: String, _ attempt: Int, _ addresses: [IPAddress]) async {
        do {
            let record = try await launch(name, attempt, addresses)
            mailbox.post(.started(container: name, attempt: attempt, at: Timestamp(record.startedAt)))
            await follow(name, attempt)
        } catch let refusal as StartRefusal {
            mailbox.post(
                .refused(container: name, attempt: attempt, reason: refusal.reason, message: refusal.message)
            )
        } catch is CancellationError {
        } catch {
            guard !Task.isCancelled else { return }
            mailbox.post(
                .exited(
                    container: name,
                    ContainerExit(
                        attempt: attempt,
                        exitCode: 128,
                        reason: "StartError",
                        message: "\(error)",
                        startedAt: .now,
                        finishedAt: .now
                    )
                )
            )
        }
    }

    /// Waits for a container's end.
    func follow(_ name: String, _ attempt: Int) async {
        guard let record = await run(name, attempt)?.record else { return }
        await services.runner.end(of: record.supervisor)
        guard !Task.isCancelled else { return }
        var exit = await services.disk.exit(paths, name, attempt)
        if exit == nil {
            // The supervisor was killed, and with it the container.
            record.initial.signal(SIGKILL)
            exit = .unknown(attempt: attempt, startedAt: Timestamp(record.startedAt))
        }
        if let exit { mailbox.post(.exited(container: name, exit)) }
    }

    private func launch(_ name: String, _ attempt: Int, _ addresses: [IPAddress]) async throws -> RunRecord {
        guard let container = pod.allContainers.first(where: { $0.name == name }) else {
            throw LauncherError("container \(name) is not in the pod")
        }
        let specification = try await specification(container, attempt, addresses)
        let policy = container.object["terminationMessagePolicy"]?.string
        try await services.disk.save(
            specification,
            paths,
            name,
            attempt,
            messageFromLog: policy == "FallbackToLogsOnError"
        )
        let outcome = try await services.runner.run(
            [services.configuration.launcher, "start", paths.specification(name, attempt)],
            environment: ["PATH=\(ProgramSet.path)"],
            lock: services.disk.lock(paths, name, attempt),
            limit: Self.launcherLimit
        )
        // Where it took too long and was killed, what it had got to is on the disk once the lock is free.
        while await services.disk.isStarting(paths, name, attempt) { try await Task.sleep(for: .milliseconds(20)) }
        try Task.checkCancellation()
        if let record = await services.disk.run(paths, name, attempt) { return record }
        let answer = try? JSONValue(json: outcome.output)
        throw LauncherError(answer?["error"]?.string ?? "the launcher failed: \(outcome.errorText)")
    }

    private func specification(
        _ container: ContainerSpecification,
        _ attempt: Int,
        _ addresses: [IPAddress]
    ) async throws -> LaunchSpecification {
        let resolver = resolver(addresses)
        let set = ProgramSet(image: container.image)
        let busybox = set == .busybox ? await services.busybox.folder(services.runner) : nil
        var list = VariableList()
        list.set("PATH", set?.path(hasBusybox: busybox != nil) ?? ProgramSet.path)
        list.set("HOME", "/root")
        if !pod.usesHostNetwork {
            let names = PodNames(of: pod, clusterDomain: services.configuration.clusterDomain)
            list.set("HOSTNAME", names.kernelName(of: pod))
        }
        for (name, value) in try await resolver.variables(of: container) { list.set(name, value) }
        let command = try ContainerCommand(container, variables: list.values)
        let identity = try ContainerIdentity(of: container, in: pod)
        let record = await services.disk.sandbox(paths)
        var mounts: [LaunchSpecification.Mount] = [
            .init(source: paths.resolver, target: "/etc/resolv.conf", isReadOnly: false),
            .init(source: paths.hosts, target: "/etc/hosts", isReadOnly: false),
        ]
        if !pod.usesHostNetwork {
            mounts.append(.init(source: paths.hostName, target: "/etc/hostname", isReadOnly: false))
        }
        let messagePath = container.object["terminationMessagePath"]?.string ?? "/dev/termination-log"
        if messagePath.hasPrefix("/"), !messagePath.split(separator: "/").contains("..") {
            let source = paths.message(container.name, attempt)
            mounts.append(.init(source: source, target: messagePath, isReadOnly: false))
        }
        if let busybox {
            mounts.append(.init(source: busybox, target: ProgramSet.busyboxFolder, isReadOnly: true))
        }
        mounts += try await VolumeKeeper(pod: pod, paths: paths, resolver: resolver).mounts(of: container)
        return LaunchSpecification(
            networkNamespace: record?.networkNamespace,
            utsNamespace: record?.utsNamespace,
            ipcNamespace: record?.ipcNamespace,
            hasOwnProcesses: !(pod.object[path: "spec", "hostPID"]?.bool ?? false),
            cgroup: services.groups.make(pod.uid, container, attempt: attempt),
            rootFolder: paths.root(container.name),
            hasReadOnlyRoot: identity.hasReadOnlyRoot,
            hasHostDevices: identity.isPrivileged,
            mounts: mounts,
            builtIn: command.builtIn,
            program: ProgramDescription(
                arguments: command.arguments,
                environment: list.pairs.map { "\($0.name)=\($0.value)" },
                workingFolder: container.object["workingDir"]?.string ?? "/",
                user: identity.user,
                group: identity.group,
                supplementaryGroups: identity.supplementaryGroups
            ),
            logPath: paths.log(container.name, attempt),
            runPath: paths.run(container.name, attempt),
            exitPath: paths.exit(container.name, attempt)
        )
    }

    private func resolver(_ addresses: [IPAddress]) -> VariableResolver {
        VariableResolver(
            pod: pod,
            addresses: addresses,
            nodeName: services.configuration.nodeName,
            hostAddresses: services.configuration.nodeAddresses,
            environment: services.environment
        )
    }

    /// Replaces the tokens in the pod's volumes in time, as long as it runs; the ages of the files say when, so that
    /// it does not matter who wrote them.
    func keepTokens() async {
        let keeper = VolumeKeeper(pod: pod, paths: paths, resolver: resolver([]))
        while (try? await Task.sleep(for: .seconds(60))) != nil {
            guard mailbox.snapshot?.containers.values.contains(where: \.isRunning) == true else { continue }
            do {
                try await keeper.renewTokens(at: .now)
            } catch {
                services.logger.warning("token of pod \(pod.namespace)/\(pod.name): \(error); tried again in a minute")
            }
        }
    }

    /// Runs a program in a container, for a probe or a hook.
    private func execute(
        _ command: [String],
        _ name: String,
        _ attempt: Int,
        limit: Duration
    ) async -> ProbeRunner.Outcome {
        guard let run = await run(name, attempt) else {
            return .init(isSuccess: false, message: "the container does not run")
        }
        let request = ExecSpecification(run, arguments: command, hasTerminal: false)
        do {
            let outcome = try await services.runner.run(
                [services.configuration.launcher, "exec", "/proc/self/fd/3"],
                request: request.json.json,
                limit: limit
            )
            let text = String(decoding: (outcome.output + outcome.errors).prefix(1_000), as: UTF8.self)
            return .init(isSuccess: outcome.status == 0, message: text.isEmpty ? "status \(outcome.status)" : text)
        } catch {
            return .init(isSuccess: false, message: "\(error)")
        }
    }

    /// The number of a signal's name; SIGTERM for what is not known.
    private static func number(of name: String?) -> Int32 {
        switch name {
        case "SIGHUP": SIGHUP
        case "SIGINT": SIGINT
        case "SIGQUIT": SIGQUIT
        case "SIGKILL": SIGKILL
        case "SIGUSR1": SIGUSR1
        case "SIGUSR2": SIGUSR2
        case "SIGWINCH": SIGWINCH
        default: SIGTERM
        }
    }
}

extension ExecSpecification {
    /// A program in a container, in its environment and as its user.
    init(_ run: ContainerRun, arguments: [String], hasTerminal: Bool) {
        var program = run.specification.program
        program.arguments = arguments
        if hasTerminal, !program.environment.contains(where: { $0.hasPrefix("TERM=") }) {
            program.environment.append("TERM=xterm")
        }
        self.init(
            process: run.record.initial,
            program: program,
            hasTerminal: hasTerminal,
            cgroup: run.specification.cgroup
        )
    }
}
