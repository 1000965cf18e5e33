import Glibc
import Netlink

/// A program that is run in a network namespace and waited for.
enum Program {
    /// Why one failed.
    struct Failure: Error, CustomStringConvertible {
        var command: String
        var status: Int32
        var output: String
        var description: String { "\(command) ended with status \(status): \(output)" }
    }

    /// The path of this program.
    static var ownPath: String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Runs it; what it printed, on both streams.
    @discardableResult
    static func run(
        _ arguments: [String],
        input: [UInt8] = [],
        in namespace: borrowing NetworkNamespace
    ) throws -> String {
        // Files, not pipes: neither side waits for the other.
        let (source, sink) = (try TemporaryFile(content: input), try TemporaryFile(content: []))
        let process = try start(arguments, source.descriptor, sink.descriptor, in: namespace)
        let status = wait(for: process)
        let output = sink.read()
        guard status == 0 else {
            let command = arguments.joined(separator: " ")
            throw Failure(command: command, status: status, output: String(output.prefix(2000)))
        }
        return output
    }

    /// Starts it without waiting; what it prints goes nowhere.
    static func start(_ arguments: [String], in namespace: borrowing NetworkNamespace) throws -> pid_t {
        let nowhere = open("/dev/null", O_RDWR)
        defer { close(nowhere) }
        return try start(arguments, nowhere, nowhere, in: namespace)
    }

    /// Starts it without waiting; what it prints, on both streams, goes to that descriptor.
    static func start(
        _ arguments: [String],
        output: Int32,
        in namespace: borrowing NetworkNamespace
    ) throws -> pid_t {
        let nothing = open("/dev/null", O_RDONLY)
        defer { close(nothing) }
        return try start(arguments, nothing, output, in: namespace)
    }

    /// Waits for the end of a process, and returns its state as `waitpid` has it.
    @discardableResult
    static func wait(for process: pid_t) -> Int32 {
        var state: Int32 = 0
        while waitpid(process, &state, 0) < 0 {
            guard errno == EINTR else { return errno }
        }
        return state
    }

    private static func start(
        _ arguments: [String],
        _ input: Int32,
        _ output: Int32,
        in namespace: borrowing NetworkNamespace
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        // The thread may have signals blocked, and a child inherits that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var process = pid_t()
        var argument = arguments.map { strdup($0) } + [nil]
        defer { for pointer in argument { free(pointer) } }
        // The child is born in the namespace of the thread that spawns it.
        let failure = try namespace.enter {
            posix_spawnp(&process, arguments[0], &actions, &attributes, &argument, environ)
        }
        guard failure == 0 else {
            throw Failure(command: arguments.joined(separator: " "), status: failure, output: "not started")
        }
        return process
    }
}

/// A file without a name.
private final class TemporaryFile {
    let descriptor: Int32

    init(content: [UInt8]) throws {
        var path = Array("/tmp/trama-bench-XXXXXX".utf8CString)
        descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw Program.Failure(command: "mkstemp", status: errno, output: "") }
        unlink(path)
        guard write(descriptor, content, content.count) == content.count else {
            throw Program.Failure(command: "write", status: errno, output: "")
        }
        lseek(descriptor, 0, SEEK_SET)
    }

    deinit { close(descriptor) }

    func read() -> String {
        let size = Int(lseek(descriptor, 0, SEEK_END))
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = max(pread(descriptor, buffer.baseAddress, size, 0), 0)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
