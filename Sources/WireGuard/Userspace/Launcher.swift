import CLinux
import Glibc
import Netlink

/// Finds and starts programs that go on by themselves.
enum Launcher {
    // MARK: Finding

    /// The path of a program; nil where there is none that may be run.
    ///
    /// - Parameter name: A path, where it has a slash, or else what is looked for in `PATH`.
    static func find(_ name: String) -> String? {
        if name.contains("/") { return isProgram(name) ? name : nil }
        let standard = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        // In bounds: the environment's own string.
        let folders = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? standard
        for folder in folders.split(separator: ":") {
            let path = "\(folder)/\(name)"
            if isProgram(path) { return path }
        }
        return nil
    }

    private static func isProgram(_ path: String) -> Bool {
        var status = stat()
        // In bounds: the call writes the one status.
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
        return unsafe access(path, X_OK) == 0
    }

    // MARK: Starting

    /// How a program ended that puts itself into the background, or fails before that.
    struct Ending {
        /// Its exit status; the number of the signal, negative, where one ended it.
        var status: Int32
        /// What it wrote until then, at most 4 KiB.
        var output: String
    }

    /// Starts a program in a namespace and waits for its end; what it leaves running is in a session of its own, and
    /// outlives us.
    ///
    /// - Parameters:
    ///   - arguments: The program's path, and its arguments.
    ///   - omitting: Names of variables that it does not get from our environment.
    ///   - adding: `NAME=value` that it gets besides.
    ///   - seconds: How long it may take; it is killed after that.
    static func run(
        _ arguments: [String],
        omitting: Set<String>,
        adding: [String],
        in namespace: borrowing NetworkNamespace,
        seconds: Int32 = 20
    ) throws(NetlinkError) -> Ending {
        var ends: [Int32] = [-1, -1]
        let result = unsafe clinux_pipe(&ends)
        guard result == 0 else { throw NetlinkError(operation: "make a pipe", errno: -result) }
        let (reader, writer) = (ends[0], ends[1])
        defer { close(reader) }
        let process: pid_t
        do throws(NetlinkError) {
            // A child inherits the namespace of the thread that starts it.
            process = try namespace.enter { () throws(NetlinkError) in
                try spawn(arguments, omitting: omitting, adding: adding, output: writer)
            }
        } catch {
            close(writer)
            throw error
        }
        close(writer)
        let output = read(reader, milliseconds: seconds * 1000)
        if output == nil { kill(process, SIGKILL) }
        var status: Int32 = 0
        // In bounds: the call writes the one status. ECHILD: somebody else waited for it, and all that is known is
        // that it ended.
        while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
        guard let output else {
            throw NetlinkError(
                operation: "start \(arguments.first ?? "")",
                errno: ETIMEDOUT,
                message: "it did not go into the background within \(seconds) s"
            )
        }
        // The low seven bits are the signal that ended it; the next byte is its exit status.
        let signal = status & 0x7f
        return Ending(status: signal == 0 ? status >> 8 & 0xff : -signal, output: output)
    }

    /// Reads until every writer is gone; nil where that takes too long.
    private static func read(_ descriptor: Int32, milliseconds: Int32) -> String? {
        let clock = ContinuousClock()
        let end = clock.now + .milliseconds(milliseconds)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while clock.now < end {
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            // In bounds: one entry.
            let ready = unsafe poll(&entry, 1, 100)
            guard ready > 0 else { continue }
            // In bounds: the array's own start and size.
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            // More is read and dropped: the program must not wait for us.
            bytes += chunk[..<min(count, max(4096 - bytes.count, 0))]
        }
        return nil
    }

    private static func spawn(
        _ arguments: [String],
        omitting: Set<String>,
        adding: [String],
        output: Int32
    ) throws(NetlinkError) -> pid_t {
        let program = arguments.first ?? ""
        var actions = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        var none = sigset_t()
        var all = sigset_t()
        // In bounds: each call initialises or reads the values above, which live until the end of this function.
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 2)
        // What it leaves running must hold neither our files nor our folder.
        _ = unsafe clinux_spawn_close_from(&actions, 3)
        _ = unsafe clinux_spawn_change_folder(&actions, "/")
        // This thread may block every signal, and the program may ignore ours: the child does neither.
        unsafe sigemptyset(&none)
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        unsafe posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) | clinux_spawn_new_session()
        )

        var pointers = unsafe arguments.map { unsafe strdup($0) } + [nil]
        var variables = unsafe (environment(omitting: omitting) + adding).map { unsafe strdup($0) } + [nil]
        defer { unsafe (pointers + variables).forEach { unsafe free($0) } }
        var process: pid_t = 0
        // In bounds: both lists end in nil.
        let result = unsafe posix_spawn(&process, program, &actions, &attributes, &pointers, &variables)
        guard result == 0 else { throw NetlinkError(operation: "start \(program)", errno: result) }
        return process
    }

    /// Our environment without some variables.
    private static func environment(omitting: Set<String>) -> [String] {
        var entries: [String] = []
        var entry = unsafe environ
        // In bounds: the list ends in nil.
        while let text = unsafe entry.pointee {
            let variable = unsafe String(cString: text)
            if !omitting.contains(String(variable.prefix { $0 != "=" })) { entries.append(variable) }
            unsafe entry += 1
        }
        return entries
    }
}
