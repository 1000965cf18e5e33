import CLinux
import Glibc

/// The first process of a container: it puts the container's root together, starts its program, hands signals on,
/// and waits for orphans.
enum ContainerInit {
    /// Never returns. A failure before the program runs is told on `outcome`, which is closed when it does.
    static func run(
        _ specification: LaunchSpecification,
        hasOwnProcesses: Bool,
        output: Int32,
        errors: Int32,
        outcome: Int32
    ) -> Never {
        _ = clinux_parent_death_signal(SIGKILL)
        // The supervisor reads it: where nobody does, it died before the line above.
        guard hasReader(outcome) else { _exit(128) }
        setsid()
        do {
            let program = try start(specification, hasOwnProcesses, output, errors, outcome)
            close(outcome)
            close(output)
            close(errors)
            _exit(wait(for: program, hasOwnProcesses))
        } catch {
            SmallFiles.writeAll(Array(error.description.utf8), to: outcome)
            _exit(128)
        }
    }

    private static func start(
        _ specification: LaunchSpecification,
        _ hasOwnProcesses: Bool,
        _ output: Int32,
        _ errors: Int32,
        _ outcome: Int32
    ) throws(LauncherError) -> Int32 {
        SmallFiles.set("/proc/self/oom_score_adj", "\(specification.outOfMemoryScore)")
        if let cgroup = specification.cgroup { try ControlGroup.join(cgroup) }
        for (path, kind) in [
            (specification.networkNamespace, CLINUX_NEW_NET), (specification.utsNamespace, CLINUX_NEW_UTS),
            (specification.ipcNamespace, CLINUX_NEW_IPC),
        ] {
            if let path { try enter(path, kind) }
        }
        try RootFilesystem.enter(specification, hasOwnProcesses: hasOwnProcesses)
        let own = getpid()
        let program = try checked(clinux_fork(), "fork")
        if program > 0 { return program }
        ProgramStart.run(
            ProgramStart(builtIn: specification.builtIn, program: specification.program),
            output: output,
            errors: errors,
            outcome: outcome,
            parent: own
        )
    }

    /// Whether somebody has the other end of a pipe, whose writer this is.
    static func hasReader(_ writer: Int32) -> Bool {
        var wait = pollfd(fd: writer, events: 0, revents: 0)
        // In bounds: the one structure.
        return unsafe poll(&wait, 1, 0) == 0
    }

    static func enter(_ path: String, _ kind: Int32) throws(LauncherError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw LauncherError("open the namespace \(path)", errno: errno) }
        defer { close(descriptor) }
        try checked(clinux_setns(descriptor, kind), "enter the namespace \(path)")
    }

    /// Hands on signals until the program ends; its exit status. What it leaves behind ends with this process where
    /// that is the first of a PID namespace, and by a signal to its session's group elsewhere.
    private static func wait(for program: Int32, _ hasOwnProcesses: Bool) -> Int32 {
        var all = sigset_t()
        // In bounds: the calls read and write the one set.
        unsafe sigfillset(&all)
        unsafe sigprocmask(SIG_SETMASK, &all, nil)
        while true {
            var status: Int32 = 0
            while true {
                // In bounds: the call writes the one number.
                let child = unsafe waitpid(-1, &status, WNOHANG)
                guard child > 0 else { break }
                guard child == program else { continue }
                if !hasOwnProcesses { kill(-program, SIGKILL) }
                return exitCode(status)
            }
            var number: Int32 = 0
            // In bounds: the call writes the one number.
            guard unsafe sigwait(&all, &number) == 0, number != SIGCHLD else { continue }
            kill(program, number)
        }
    }
}
