import CLinux
import Glibc
import Netlink
import Synchronization

/// A program that runs beside the tests, and the lines that it has written so far.
final class ChildProcess: Sendable {
    /// How a program ended.
    enum Ending: Equatable, Sendable {
        case exited(Int32)
        case killed(signal: Int32)

        /// Reads what `waitpid(2)` gave.
        init(status: Int32) {
            // The low seven bits are the signal that ended it; the next byte is its exit status.
            self = status & 0x7f == 0 ? .exited(status >> 8 & 0xff) : .killed(signal: status & 0x7f)
        }
    }

    private struct State {
        var text = ""
        var ending: Ending?
    }

    /// What it wrote to its standard output and error, and how it ended. The reader's thread writes, everybody reads.
    private final class Record: Sendable {
        let state = Mutex(State())
    }

    let processID: pid_t
    private let record = Record()

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - arguments: The program, found in `PATH`, and its arguments.
    ///   - variables: Added to the environment, as `NAME=value`.
    ///   - namespace: Where it runs.
    init(
        _ arguments: [String],
        variables: [String] = [],
        in namespace: borrowing NetworkNamespace
    ) throws(NetlinkError) {
        var ends: [Int32] = [-1, -1]
        let result = clinux_pipe(&ends)
        guard result == 0 else { throw NetlinkError(operation: "make a pipe", errno: -result) }
        defer { close(ends[1]) }
        do {
            // A child inherits the namespace of the thread that starts it.
            processID = try namespace.enter { () throws(NetlinkError) in
                try Self.spawn(arguments, variables, output: ends[1])
            }
        } catch {
            close(ends[0])
            throw error
        }
        let (reader, child, record) = (ends[0], processID, record)
        let worker = ChildReader()
        // Ends with the program; nobody waits for it.
        Task {
            await worker.read(
                reader,
                until: child,
                text: { chunk in record.state.withLock { $0.text += chunk } },
                ended: { status in record.state.withLock { $0.ending = Ending(status: status) } }
            )
        }
    }

    deinit {
        if ending == nil { kill(-processID, SIGKILL) }
    }

    /// What it wrote so far.
    var text: String { record.state.withLock { $0.text } }

    /// The lines it wrote so far.
    var lines: [Substring] { text.split(separator: "\n") }

    /// How it ended; nil while it runs.
    var ending: Ending? { record.state.withLock { $0.ending } }

    func signal(_ number: Int32) {
        // A process that has ended has been waited for, and its number may be another's.
        if ending == nil { kill(processID, number) }
    }

    /// Waits for its end; what it wrote is complete then.
    @discardableResult
    func end(within limit: Duration = .seconds(20)) async throws -> Ending {
        do {
            return try await eventually("the end of the program", within: limit) { self.ending }
        } catch {
            throw NetlinkError(operation: "wait for the end of \(processID); it wrote:\n\(text)", errno: ETIMEDOUT)
        }
    }

    private static func spawn(
        _ arguments: [String],
        _ variables: [String],
        output: Int32
    ) throws(NetlinkError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        // The thread blocks every signal; the child must not. A group of its own, so that what it
        // started ends with it.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))

        var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var entries: [UnsafeMutablePointer<CChar>?] = variables.map { strdup($0) }
        let ownCount = entries.count
        defer {
            for pointer in pointers { free(pointer) }
            for entry in entries[..<ownCount] { free(entry) }
        }
        var inherited = environ
        while let entry = inherited.pointee {
            entries.append(entry)
            inherited += 1
        }
        entries.append(nil)
        var process: pid_t = 0
        let result = posix_spawnp(&process, arguments[0], &actions, &attributes, &pointers, entries)
        guard result == 0 else { throw NetlinkError(operation: "start \(arguments[0])", errno: result) }
        return process
    }
}

/// The thread that reads what one program writes.
private actor ChildReader {
    private let executor = ThreadExecutor(name: "child")

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func read(_ descriptor: Int32, until child: pid_t, text: (String) -> Void, ended: (Int32) -> Void) {
        defer { close(descriptor) }
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            text(String(decoding: chunk[..<count], as: UTF8.self))
        }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        ended(status)
    }
}
