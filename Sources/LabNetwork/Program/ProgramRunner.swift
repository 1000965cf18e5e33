import CLinux
import Glibc
import Netlink
import Synchronization

/// Runs one program to its end, on a thread of its own.
actor ProgramRunner {
    private let executor = ThreadExecutor(name: "program")
    private let running = RunningProgram()
    private static let outputLimit = 16 << 20

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Kills the program and its process group, if it runs; keeps it from starting otherwise.
    nonisolated func cancel() {
        running.cancel()
    }

    func run(
        _ arguments: [String],
        in descriptor: Int32,
        environment: [String: String]?,
        input: [UInt8]
    ) throws -> ProgramResult {
        let namespace = try NetworkNamespace(path: "/proc/self/fd/\(descriptor)")
        var standardInput = try Pipe()
        var output = try Pipe()
        var errors = try Pipe()
        let start = ProgramStart(
            arguments: arguments,
            environment: environment,
            input: .descriptor(standardInput.reader),
            output: .descriptor(output.writer),
            errors: .descriptor(errors.writer)
        )
        // A child inherits the namespace of the thread that starts it.
        let process = try namespace.enter { () throws(NetlinkError) in try start.run() }
        running.started(process)
        standardInput.closeReader()
        output.closeWriter()
        errors.closeWriter()
        let texts = Self.exchange(&standardInput, input: input, output: output.reader, errors: errors.reader)
        let status = running.wait(process)
        try Task.checkCancellation()
        // The low seven bits are the signal that ended it; the next byte is its exit status.
        let signal = status & 0x7f
        return ProgramResult(
            arguments: arguments,
            status: signal == 0 ? status >> 8 & 0xff : -signal,
            output: String(decoding: texts.output, as: UTF8.self),
            errors: String(decoding: texts.errors, as: UTF8.self)
        )
    }

    /// Writes the input and reads both outputs until every writer is gone.
    private static func exchange(
        _ standardInput: inout Pipe,
        input: [UInt8],
        output: Int32,
        errors: Int32
    ) -> (output: [UInt8], errors: [UInt8]) {
        var texts: [[UInt8]] = [[], []]
        var written = 0
        var chunk = [UInt8](repeating: 0, count: 65_536)
        // A negative descriptor is passed over by `poll`.
        var entries = [
            pollfd(fd: output, events: Int16(POLLIN), revents: 0),
            pollfd(fd: errors, events: Int16(POLLIN), revents: 0),
            pollfd(fd: standardInput.writer, events: Int16(POLLOUT), revents: 0),
        ]
        _ = clinux_set_nonblocking(standardInput.writer)
        if input.isEmpty {
            standardInput.closeWriter()
            entries[2].fd = -1
        }
        while entries[0].fd >= 0 || entries[1].fd >= 0 {
            // In bounds: the array's own start and count.
            let ready = unsafe poll(&entries, nfds_t(entries.count), -1)
            if ready < 0, errno != EINTR { break }
            guard ready > 0 else { continue }
            for number in 0..<2 where entries[number].revents != 0 {
                // In bounds: the array's own start and size.
                let count = unsafe chunk.withUnsafeMutableBytes {
                    unsafe read(entries[number].fd, $0.baseAddress, $0.count)
                }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    entries[number].fd = -1
                    continue
                }
                // More is read and dropped: the program must not wait for us.
                texts[number] += chunk[..<min(count, max(outputLimit - texts[number].count, 0))]
            }
            guard entries[2].revents != 0 else { continue }
            // In bounds: what of the array has not been written.
            let count = unsafe input.withUnsafeBytes {
                unsafe write(entries[2].fd, $0.baseAddress?.advanced(by: written), $0.count - written)
            }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            written += max(count, 0)
            // The program may end, or close its input, before it has read everything.
            if count < 0 || written == input.count {
                standardInput.closeWriter()
                entries[2].fd = -1
            }
        }
        return (texts[0], texts[1])
    }
}

/// The program that a runner waits for: it is killed only as long as its number is surely its own.
private final class RunningProgram: Sendable {
    private struct State {
        var process: pid_t?
        var isCancelled = false
    }
    private let state = Mutex(State())

    func started(_ process: pid_t) {
        state.withLock { state in
            state.process = process
            if state.isCancelled { kill(-process, SIGKILL) }
        }
    }

    func cancel() {
        state.withLock { state in
            state.isCancelled = true
            if let process = state.process { kill(-process, SIGKILL) }
        }
    }

    /// Waits for its end and reaps it.
    func wait(_ process: pid_t) -> Int32 {
        var information = unsafe siginfo_t()
        // It stays a zombie, and its number taken, until it is reaped under the lock.
        while unsafe waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        return state.withLock { state in
            state.process = nil
            // What it is taken for if somebody else has reaped it.
            var status = SIGKILL
            while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
            return status
        }
    }
}

/// A pipe whose ends are closed with it.
private struct Pipe: ~Copyable {
    private(set) var reader: Int32
    private(set) var writer: Int32

    init() throws(NetlinkError) {
        var ends: [Int32] = [-1, -1]
        // In bounds: two numbers.
        let result = unsafe clinux_pipe(&ends)
        guard result == 0 else { throw NetlinkError(operation: "make a pipe", errno: -result) }
        reader = ends[0]
        writer = ends[1]
    }

    deinit {
        if reader >= 0 { close(reader) }
        if writer >= 0 { close(writer) }
    }

    mutating func closeReader() {
        if reader >= 0 { close(reader) }
        reader = -1
    }

    mutating func closeWriter() {
        if writer >= 0 { close(writer) }
        writer = -1
    }
}
