import CLinux
import Glibc
import Netlink
import PodLauncher

/// Starts programs, and waits for their ends without blocking.
struct ProgramRunner: Sendable {
    let watch: DescriptorWatch

    /// A program that ended.
    struct Outcome: Sendable, Hashable {
        /// The exit status, or 128 and the signal's number.
        var status: Int32
        var output: [UInt8]
        var errors: [UInt8]

        var errorText: String {
            String(decoding: errors.prefix(2_000), as: UTF8.self).split(separator: "\n").joined(separator: "; ")
        }
    }

    /// A program that runs; somebody must wait for it.
    struct Started: Sendable {
        let process: Int32
        let pidfd: Int32

        /// Ends it and what is of its process group; only as long as it has not been waited for.
        func kill() { _ = Glibc.kill(-process, SIGKILL) }
    }

    /// Runs a program to its end. It is killed when the time is over or the task is cancelled.
    ///
    /// - Parameters:
    ///   - environment: The whole of it, as `NAME=value`.
    ///   - input: Its standard input.
    ///   - request: What it finds in descriptor 3.
    ///   - lock: What it has in descriptor 3 instead, where it is given. It is closed here once the program has it.
    func run(
        _ arguments: [String],
        environment: [String] = [],
        input: [UInt8] = [],
        request: [UInt8] = [],
        lock: Int32? = nil,
        limit: Duration
    ) async throws -> Outcome {
        let (started, output, errors) = try begin(arguments, environment, input, request, lock)
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { await output.run() }
            group.addTask { await errors.run() }
            let status = await wait(for: started, limit: limit)
            // What it left behind may hold the pipes for ever.
            group.cancelAll()
            await group.waitForAll()
            return Outcome(status: status, output: output.content, errors: errors.content)
        }
    }

    private func begin(
        _ arguments: [String],
        _ environment: [String],
        _ input: [UInt8],
        _ request: [UInt8],
        _ lock: Int32?
    ) throws -> (Started, output: OutputReader, errors: OutputReader) {
        // Whoever waits for the lock waits for the program, and not for this process.
        defer { if let lock { close(lock) } }
        let files = try [MemoryFile(input), MemoryFile(request)]
        let output = try OutputReader(watch, keeping: Self.outputLimit)
        let errors = try OutputReader(watch, keeping: Self.outputLimit)
        let streams = [files[0].descriptor, output.writer, errors.writer, lock ?? files[1].descriptor]
        // Only their numbers are handed on: released before, they would be closed when the program gets them.
        let started = try withExtendedLifetime((files, output, errors)) {
            try start(arguments, environment, streams)
        }
        output.closeWriter()
        errors.closeWriter()
        return (started, output, errors)
    }

    /// How much of what a program says is kept.
    private static let outputLimit = 1 << 20

    /// Waits for the end of a program; its exit status. It is killed when the time is over or the task is cancelled.
    func wait(for started: Started, limit: Duration?) async -> Int32 {
        await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { group in
                if let limit {
                    group.addTask {
                        guard (try? await Task.sleep(for: limit)) != nil else { return }
                        started.kill()
                    }
                }
                await watch.ended(pidfd: started.pidfd)
                group.cancelAll()
            }
        } onCancel: {
            started.kill()
        }
        var status: Int32 = 0
        // In bounds: the call writes the one number. It has ended, so this does not wait.
        while unsafe waitpid(started.process, &status, 0) < 0, errno == EINTR {}
        close(started.pidfd)
        return exitCode(status)
    }

    /// Starts a program on these descriptors, which become 0, 1, 2 and so on.
    func start(_ arguments: [String], _ environment: [String], _ streams: [Int32]) throws(NetlinkError) -> Started {
        guard let path = arguments.first else { throw NetlinkError(operation: "start a program", errno: EINVAL) }
        var actions = unsafe posix_spawn_file_actions_t()
        // In bounds: the calls fill and read the structures that they are given.
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (number, stream) in streams.enumerated() {
            unsafe posix_spawn_file_actions_adddup2(&actions, stream, Int32(number))
        }
        unsafe clinux_spawn_close_from(&actions, Int32(streams.count))
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // The thread may block signals; the child must not.
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        // Nor is what this process ignores, or whoever started it in the background, ignored by containers.
        var all = sigset_t()
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        // A group of its own, so that a terminal's signals for the node do not reach it.
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
        var argumentPointers = unsafe arguments.map { unsafe strdup($0) }
        unsafe argumentPointers.append(nil)
        var environmentPointers = unsafe environment.map { unsafe strdup($0) }
        unsafe environmentPointers.append(nil)
        defer {
            for index in unsafe argumentPointers.indices { unsafe free(argumentPointers[index]) }
            for index in unsafe environmentPointers.indices { unsafe free(environmentPointers[index]) }
        }
        var process: pid_t = 0
        // In bounds: both lists end with nil.
        let result = unsafe posix_spawn(&process, path, &actions, &attributes, &argumentPointers, &environmentPointers)
        guard result == 0 else { throw NetlinkError(operation: "start \(path)", errno: result) }
        let pidfd = clinux_pidfd_open(process)
        guard pidfd >= 0 else {
            kill(process, SIGKILL)
            var status: Int32 = 0
            // In bounds: the call writes the one number.
            unsafe waitpid(process, &status, 0)
            throw NetlinkError(operation: "watch \(path)", errno: -pidfd)
        }
        return Started(process: process, pidfd: pidfd)
    }

    /// Waits for the end of a process that need not be a child.
    func end(of identity: ProcessIdentity) async {
        guard let pidfd = identity.open() else { return }
        defer { close(pidfd) }
        while identity.isAlive {
            do { try await watch.readable(pidfd) } catch { return }
        }
    }
}

/// A file that is in memory only, for what is handed to a program.
final class MemoryFile: Sendable {
    let descriptor: Int32

    /// A file with this content, to be read from its start.
    init(_ content: [UInt8]) throws(NetlinkError) {
        // In bounds: a C string.
        descriptor = unsafe clinux_memory_file("trama")
        guard descriptor >= 0 else { throw NetlinkError(operation: "make a file in memory", errno: -descriptor) }
        SmallFiles.writeAll(content, to: descriptor)
        lseek(descriptor, 0, SEEK_SET)
    }

    deinit { close(descriptor) }
}
