import CLinux
import Glibc
import JSON
import Netlink
import PodLauncher

/// Starts programs in running containers, for people.
struct ExecStarter: Sendable {
    let runner: ProgramRunner
    let launcher: String

    /// Starts one; its streams are joined with the session.
    func start(_ specification: ExecSpecification, stdin: Bool) throws -> ExecSession {
        let request = try MemoryFile(specification.json.json)
        return specification.hasTerminal
            ? try startOnTerminal(request) : try startOnPipes(request, hasInput: stdin)
    }

    private func launch(_ request: MemoryFile, _ streams: [Int32]) throws(NetlinkError) -> ProgramRunner.Started {
        // The request is descriptor 3, opened anew by its path and so read from its start. Only its number is handed on.
        try withExtendedLifetime(request) { () throws(NetlinkError) in
            try runner.start([launcher, "exec", "/proc/self/fd/3"], [], streams + [request.descriptor])
        }
    }

    private func startOnPipes(_ request: MemoryFile, hasInput: Bool) throws -> ExecSession {
        let (input, output, errors) = (try ExecPipe.make(), try ExecPipe.make(), try ExecPipe.make())
        defer { for descriptor in [input.reader, output.writer, errors.writer] { close(descriptor) } }
        let pipes = [input.writer, output.reader, errors.reader].map { ExecPipe($0, runner.watch) }
        if !hasInput { pipes[0].close() }
        // A program whose input nobody reads must not end this process.
        signal(SIGPIPE, SIG_IGN)
        let started = try launch(request, [input.reader, output.writer, errors.writer])
        return session(started, output: pipes[1], errors: pipes[2], input: pipes[0]) { _, _ in }
    }

    private func startOnTerminal(_ request: MemoryFile) throws -> ExecSession {
        var path = [CChar](repeating: 0, count: 64)
        // In bounds: the array's own start and size.
        let master = unsafe clinux_open_terminal(&path, path.count)
        guard master >= 0 else { throw NetlinkError(operation: "open a terminal", errno: -master) }
        let pipe = ExecPipe(master, runner.watch)
        let slavePath = String(decoding: path.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let slave = unsafe open(slavePath, O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard slave >= 0 else { throw NetlinkError(operation: "open the terminal \(slavePath)", errno: errno) }
        defer { close(slave) }
        // One descriptor can be waited for by one only: writing has its own.
        let copy = fcntl(master, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { throw NetlinkError(operation: "copy a terminal", errno: errno) }
        let input = ExecPipe(copy, runner.watch)
        let started = try launch(request, [slave, slave, slave])
        return session(started, output: pipe, errors: nil, input: input) { columns, rows in
            pipe.with { _ = clinux_terminal_size($0, columns, rows) }
        }
    }

    private func session(
        _ started: ProgramRunner.Started,
        output: ExecPipe,
        errors: ExecPipe?,
        input: ExecPipe,
        resizing: @escaping @Sendable (UInt16, UInt16) -> Void
    ) -> ExecSession {
        let ending = ExecEnding(started, runner)
        let isTerminal = errors == nil
        return ExecSession(
            standardOutput: ByteReader { try await output.read() },
            standardError: ByteReader { try await errors?.read() },
            input: { bytes in
                if let bytes {
                    try await input.write(bytes)
                } else if isTerminal {
                    // What ends the input of a program that reads lines.
                    try await input.write([4])
                } else {
                    input.close()
                }
            },
            resizing: resizing,
            waiting: { try await ending.status() },
            ending: {
                ending.kill()
                for pipe in [input, output, errors] { pipe?.close() }
            }
        )
    }
}
