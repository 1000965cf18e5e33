import CLinux
import Dispatch
import Glibc
import KubeletServer
import Synchronization

/// A command as a process of this machine, its streams read and written only as fast as somebody asks for it.
final class ProcessSession: ExecSession {
    let output: ByteSource
    let errors: ByteSource
    private let process: pid_t
    private let hasTerminal: Bool
    private let input: Mutex<Int32>
    private let inputQueue = DispatchQueue(label: "input")
    private let state = Mutex(State())
    /// The sizes that the client's window had.
    let sizes = Mutex<[[UInt16]]>([])

    private struct State {
        var result: ExecResult?
        var waiting: [CheckedContinuation<ExecResult, Never>] = []
        var hasEnded = false
    }

    /// Whether the server has let go of it.
    var hasEnded: Bool { state.withLock { $0.hasEnded } }

    init(_ arguments: [String], hasTerminal: Bool = false) throws(PodAccessError) {
        self.hasTerminal = hasTerminal
        let (process, pipes) = try Self.start(arguments)
        self.process = process
        input = Mutex(pipes[0])
        output = ByteSource(Pipe(descriptor: pipes[1]))
        errors = ByteSource(Pipe(descriptor: pipes[2]))
        DispatchQueue(label: "wait").async { [self] in
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
            let signal = status & 0x7f
            finish(.exited(code: Int(signal == 0 ? status >> 8 & 0xff : 128 + signal)))
        }
    }

    /// The process, and our ends of its standard input, output and error.
    private static func start(_ arguments: [String]) throws(PodAccessError) -> (pid_t, [Int32]) {
        signal(SIGPIPE, SIG_IGN)
        var pipes: [[Int32]] = []
        for _ in 0..<3 {
            var ends: [Int32] = [-1, -1]
            // Closed in whatever else is started meanwhile: a client that held an end open would wait for its own end.
            guard clinux_pipe(&ends) == 0 else { throw PodAccessError(.failed, "no pipe") }
            pipes.append(ends)
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, pipes[0][0], 0)
        posix_spawn_file_actions_adddup2(&actions, pipes[1][1], 1)
        posix_spawn_file_actions_adddup2(&actions, pipes[2][1], 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        var pointers = arguments.map { strdup($0) }
        pointers.append(nil)
        defer { for pointer in pointers { free(pointer) } }
        var process: pid_t = 0
        let failure = posix_spawnp(&process, arguments[0], &actions, &attributes, pointers, environ)
        let (theirs, ours) = ([pipes[0][0], pipes[1][1], pipes[2][1]], [pipes[0][1], pipes[1][0], pipes[2][0]])
        for descriptor in theirs { close(descriptor) }
        guard failure == 0 else {
            for descriptor in ours { close(descriptor) }
            throw PodAccessError(.failed, "exec: \"\(arguments[0])\": \(String(cString: strerror(failure)))")
        }
        return (process, ours)
    }

    private func finish(_ result: ExecResult) {
        let waiting = state.withLock { state in
            state.result = result
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume(returning: result) }
    }

    func write(_ bytes: [UInt8]) async {
        await withCheckedContinuation { continuation in
            inputQueue.async { [self] in
                var rest = bytes[...]
                while !rest.isEmpty {
                    let descriptor = input.withLock { $0 }
                    let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
                    if count < 0, errno == EINTR { continue }
                    guard count > 0 else { break }
                    rest = rest.dropFirst(count)
                }
                continuation.resume()
            }
        }
    }

    func closeInput() async {
        await withCheckedContinuation { continuation in
            inputQueue.async { [self] in
                input.withLock {
                    if $0 >= 0 { close($0) }
                    $0 = -1
                }
                continuation.resume()
            }
        }
    }

    func resize(columns: UInt16, rows: UInt16) async {
        sizes.withLock { $0.append([columns, rows]) }
    }

    func result() async -> ExecResult {
        // A command that ends at once may have ended before its terminal's size is told.
        if hasTerminal { _ = await eventually { hasEnded || !sizes.withLock(\.isEmpty) } }
        return await ended()
    }

    private func ended() async -> ExecResult {
        await withCheckedContinuation { continuation in
            let result = state.withLock { state in
                if state.result == nil { state.waiting.append(continuation) }
                return state.result
            }
            if let result { continuation.resume(returning: result) }
        }
    }

    func end() async {
        let isRunning = state.withLock { state in
            state.hasEnded = true
            return state.result == nil
        }
        // Whatever it has started, too; a process that has ended keeps its number until it was waited for.
        if isRunning { kill(-process, SIGKILL) }
        await closeInput()
    }
}

/// The reading end of a pipe, read on a thread of its own when somebody asks.
private final class Pipe: AsyncSequence, Sendable {
    typealias Element = [UInt8]
    private let descriptor: Int32
    private let queue = DispatchQueue(label: "output")

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    func makeAsyncIterator() -> Iterator { Iterator(pipe: self) }

    struct Iterator: AsyncIteratorProtocol {
        let pipe: Pipe

        func next() async -> [UInt8]? {
            await withCheckedContinuation { continuation in
                pipe.queue.async { [pipe] in
                    var chunk = [UInt8](repeating: 0, count: 32_768)
                    var count: Int
                    repeat {
                        count = chunk.withUnsafeMutableBytes { read(pipe.descriptor, $0.baseAddress, $0.count) }
                    } while count < 0 && errno == EINTR
                    continuation.resume(returning: count > 0 ? Array(chunk[..<count]) : nil)
                }
            }
        }
    }
}
