import CLinux
import Glibc

/// The last step: a forked process becomes the container's program.
struct ProgramStart {
    var builtIn: LaunchSpecification.BuiltIn?
    var program: ProgramDescription
    /// Whether the standard input is a terminal that it is to control.
    var hasTerminal = false

    /// Never returns. A failure is told on `outcome`.
    ///
    /// - Parameters:
    ///   - output: Becomes the standard output, and `errors` the standard error; nil where they are that already.
    ///   - outcome: A pipe of which the parent, or the parent's parent, has the other end.
    ///   - parent: The parent, with which it is to end; nil where that is in another PID namespace.
    static func run(_ start: ProgramStart, output: Int32?, errors: Int32?, outcome: Int32, parent: Int32?) -> Never {
        setsid()
        if let output, let errors {
            let null = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
            // First out of the way of the three.
            let (output, errors) = (fcntl3(output), fcntl3(errors))
            dup2(null, 0)
            dup2(output, 1)
            dup2(errors, 2)
        }
        if start.hasTerminal { _ = clinux_take_terminal(0) }
        dup2(outcome, 3)
        let outcome: Int32 = 3
        _ = fcntl(outcome, F_SETFD, FD_CLOEXEC)
        _ = clinux_close_from(4)
        do {
            try start.enter()
            // The kernel forgets it where the user changes, hence after that. A parent that died before is not there.
            _ = clinux_parent_death_signal(SIGKILL)
            guard parent == nil || getppid() == parent, ContainerInit.hasReader(outcome) else { _exit(128) }
            if let builtIn = start.builtIn {
                close(outcome)
                BuiltInProgram.run(builtIn, start.program.arguments)
            }
            try start.execute()
        } catch {
            SmallFiles.writeAll(Array(error.description.utf8), to: outcome)
            // What shells say of programs that are not there.
            _exit(127)
        }
    }

    /// A copy of a descriptor beyond the first ones.
    private static func fcntl3(_ descriptor: Int32) -> Int32 {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 10)
        return copy >= 0 ? copy : descriptor
    }

    private func enter() throws(LauncherError) {
        let workingFolder = program.workingFolder
        if !workingFolder.isEmpty {
            try? SmallFiles.makeFolder(workingFolder)
            guard unsafe chdir(workingFolder) == 0 else {
                throw LauncherError("enter the working folder \(workingFolder)", errno: errno)
            }
        }
        let groups = program.supplementaryGroups
        // In bounds: the array's own start and count.
        try checked(
            unsafe clinux_become(program.user, program.group, groups, groups.count),
            "become user \(program.user) of group \(program.group)"
        )
        var none = sigset_t()
        // In bounds: the calls read and write the one set.
        unsafe sigemptyset(&none)
        // The first process of a container blocks all of them, and masks are inherited.
        unsafe sigprocmask(SIG_SETMASK, &none, nil)
        _ = signal(SIGPIPE, SIG_DFL)
    }

    private func execute() throws(LauncherError) -> Never {
        guard let name = program.arguments.first, !name.isEmpty else { throw LauncherError("there is no command") }
        var lastError = ENOENT
        for path in candidates(name) {
            let code = Self.execute(path, program.arguments, program.environment)
            if code != ENOENT, code != ENOTDIR { lastError = code }
        }
        throw LauncherError("exec: \"\(name)\"", errno: lastError)
    }

    private func candidates(_ name: String) -> [String] {
        if name.contains("/") { return [name] }
        let path = program.environment.last { $0.hasPrefix("PATH=") }?.dropFirst(5) ?? "/usr/local/bin:/usr/bin:/bin"
        return path.split(separator: ":").map { "\($0)/\(name)" }
    }

    /// Becomes the program; returns the kernel's reason where that fails.
    private static func execute(_ path: String, _ arguments: [String], _ environment: [String]) -> Int32 {
        // Copies of the texts, with the nil that ends the list; never freed, as the process becomes another or ends.
        var argumentPointers = unsafe arguments.map { unsafe strdup($0) }
        unsafe argumentPointers.append(nil)
        var environmentPointers = unsafe environment.map { unsafe strdup($0) }
        unsafe environmentPointers.append(nil)
        // In bounds: both lists end with nil.
        unsafe execve(path, &argumentPointers, &environmentPointers)
        return errno
    }
}
