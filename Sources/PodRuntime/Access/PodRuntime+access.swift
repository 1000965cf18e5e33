import JSON
import PodLauncher

extension PodRuntime {
    /// Reads a container's log.
    ///
    /// - Parameter container: May be nil where the pod has one only, or the annotation
    ///   `kubectl.kubernetes.io/default-container`.
    public func logs(
        namespace: String,
        pod: String,
        container: String?,
        options: LogOptions
    ) async throws(PodAccessError) -> ByteReader {
        let (snapshot, name) = try find(namespace, pod, container)
        let state = snapshot.containers[name]
        guard let attempt = state?.attempt else {
            throw .containerWaiting(pod: pod, container: name, reason: state?.reason ?? "ContainerCreating")
        }
        let wanted = options.isPrevious ? attempt - 1 : attempt
        guard wanted >= 0 else { throw .noPreviousContainer(pod: pod, container: name) }
        let path = snapshot.paths.log(name, wanted)
        guard SmallFiles.exists(path) else {
            if options.isPrevious { throw .noPreviousContainer(pod: pod, container: name) }
            throw .containerWaiting(pod: pod, container: name, reason: "ContainerCreating")
        }
        let mailbox = mailbox(uid: snapshot.pod.uid)
        let cursor = LogCursor(path: path, options: options) {
            let current = mailbox?.snapshot?.containers[name]
            return current?.attempt == wanted && current?.isRunning == true
        }
        return ByteReader { try await cursor.next() }
    }

    /// Runs a program in a running container.
    ///
    /// - Parameters:
    ///   - container: As for ``logs(namespace:pod:container:options:)``.
    ///   - tty: Whether it gets a terminal; then there is no standard error.
    ///   - stdin: Whether it has a standard input.
    public func exec(
        namespace: String,
        pod: String,
        container: String?,
        command: [String],
        tty: Bool,
        stdin: Bool
    ) async throws(PodAccessError) -> ExecSession {
        let (snapshot, name) = try find(namespace, pod, container)
        guard let services, let state = snapshot.containers[name], state.isRunning, let attempt = state.attempt,
            let run = await services.run(mailbox(uid: snapshot.pod.uid), snapshot.paths, name, attempt)
        else { throw .containerNotRunning(pod: pod, container: name) }
        guard !command.isEmpty else { throw .failed("you must specify a command to run in the container") }
        do {
            let starter = ExecStarter(runner: services.runner, launcher: configuration.launcher)
            let request = ExecSpecification(run, arguments: command, hasTerminal: tty)
            return try starter.start(request, stdin: stdin)
        } catch {
            throw .failed("\(error)")
        }
    }

    private func find(
        _ namespace: String,
        _ pod: String,
        _ container: String?
    ) throws(PodAccessError) -> (PodSnapshot, String) {
        guard let snapshot = snapshot(namespace: namespace, pod: pod) else {
            throw .podNotFound(namespace: namespace, pod: pod)
        }
        let specification = snapshot.pod
        if let container, !container.isEmpty {
            guard specification.allContainers.contains(where: { $0.name == container }) else {
                throw .containerNotFound(pod: pod, container: container)
            }
            return (snapshot, container)
        }
        if let name = specification.annotations["kubectl.kubernetes.io/default-container"],
            specification.allContainers.contains(where: { $0.name == name })
        {
            return (snapshot, name)
        }
        guard let first = specification.containers.first, specification.containers.count == 1 else {
            throw .containerNotNamed(pod: pod, containers: specification.containers.map(\.name))
        }
        return (snapshot, first.name)
    }
}
