import CLinux
import Glibc
import Netlink

/// How a program is started: with the calling thread's network namespace, and nothing else of ours but what is said.
struct ProgramStart {
    /// What becomes of one of the first three descriptors.
    enum Stream {
        /// A descriptor of ours.
        case descriptor(Int32)
        /// A file that is written at its end, and made where it is not there.
        case file(String)
        /// `/dev/null`.
        case nothing
    }

    /// The program, a path or a name that is looked up in our `PATH`, and its arguments.
    var arguments: [String]
    /// `NAME` and value; nil for our own.
    var environment: [String: String]?
    var input = Stream.nothing
    var output = Stream.nothing
    var errors = Stream.nothing
    /// Whether it gets a session of its own, so that no terminal's signal reaches it; otherwise a process group of its
    /// own.
    var isDetached = false

    /// Starts it and returns its number.
    func run() throws(NetlinkError) -> pid_t {
        guard let program = arguments.first, !program.isEmpty else {
            throw NetlinkError(operation: "start a program", errno: EINVAL, message: "no program is named")
        }
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
        for (number, stream) in [input, output, errors].enumerated() {
            let target = Int32(number)
            switch stream {
            case .descriptor(let descriptor):
                unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, target)
            case .file(let path):
                let flags = O_WRONLY | O_CREAT | O_APPEND
                unsafe posix_spawn_file_actions_addopen(&actions, target, path, flags, 0o644)
            case .nothing:
                unsafe posix_spawn_file_actions_addopen(&actions, target, "/dev/null", O_RDWR, 0)
            }
        }
        _ = unsafe clinux_spawn_close_from(&actions, 3)
        if isDetached { _ = unsafe clinux_spawn_change_folder(&actions, "/") }
        // This thread may block every signal, and the program may ignore ours: the child does neither.
        unsafe sigemptyset(&none)
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        let group = isDetached ? clinux_spawn_new_session() : Int16(POSIX_SPAWN_SETPGROUP)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) | group)

        var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
        var variables = unsafe (environment ?? [:]).map { unsafe strdup("\($0.key)=\($0.value)") } + [nil]
        defer { unsafe (words + variables).forEach { unsafe free($0) } }
        var process: pid_t = 0
        // In bounds: all lists end in nil.
        let result =
            if environment == nil {
                unsafe posix_spawnp(&process, program, &actions, &attributes, &words, environ)
            } else {
                unsafe posix_spawnp(&process, program, &actions, &attributes, &words, &variables)
            }
        guard result == 0 else { throw NetlinkError(operation: "start \(program)", errno: result) }
        return process
    }
}
