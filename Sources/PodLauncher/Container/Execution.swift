import CLinux
import Glibc

/// `trama-pod exec`: runs a program in a running container, on the standard streams that it was given.
enum Execution {
    /// Waits for the program; its exit status. 126 where the container cannot be entered, 127 where there is no such
    /// program, as shells have it.
    static func run(_ specification: ExecSpecification) -> Int32 {
        do {
            return try enter(specification)
        } catch {
            SmallFiles.writeAll(Array("\(error)\n".utf8), to: 2)
            return 126
        }
    }

    private static func enter(_ specification: ExecSpecification) throws(LauncherError) -> Int32 {
        let process = specification.process
        var namespaces: [(descriptor: Int32, kind: Int32, name: String)] = []
        let kinds = [
            ("net", CLINUX_NEW_NET), ("uts", CLINUX_NEW_UTS), ("ipc", CLINUX_NEW_IPC), ("pid", CLINUX_NEW_PID),
            ("mnt", CLINUX_NEW_MOUNTS),
        ]
        for (name, kind) in kinds {
            let path = "/proc/\(process.number)/ns/\(name)"
            let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw LauncherError("the container does not run: open \(path)", errno: errno) }
            namespaces.append((descriptor, kind, name))
        }
        // Looked at after they were opened: they are this process's and no successor's.
        guard process.isAlive else { throw LauncherError("the container does not run") }
        if let cgroup = specification.cgroup { try ControlGroup.join(cgroup) }
        for namespace in namespaces {
            try checked(clinux_setns(namespace.descriptor, namespace.kind), "enter the \(namespace.name) namespace")
        }
        let outcome = try Pipe()
        let child = try checked(clinux_fork(), "fork")
        if child == 0 {
            ProgramStart.run(
                ProgramStart(program: specification.program, hasTerminal: specification.hasTerminal),
                output: nil,
                errors: nil,
                outcome: outcome.writer,
                parent: nil
            )
        }
        close(outcome.writer)
        let failure = (try? SmallFiles.read(descriptor: outcome.reader, "the program's answer", limit: 65_536)) ?? []
        if !failure.isEmpty { SmallFiles.writeAll(failure + [UInt8(ascii: "\n")], to: 2) }
        // The streams are the program's alone, so that its readers see their end.
        let null = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
        for descriptor: Int32 in 0...2 { dup2(null, descriptor) }
        var status: Int32 = 0
        // In bounds: the call writes the one number.
        while unsafe waitpid(child, &status, 0) < 0, errno == EINTR {}
        return exitCode(status)
    }
}
