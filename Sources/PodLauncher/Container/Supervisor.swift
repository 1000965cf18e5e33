import CLinux
import Glibc
import JSON

/// `trama-pod start`: the process that stands beside a container.
///
/// It keeps the log and writes down how the container ends. Whoever started it may die and come back: nothing depends
/// on it. It is the parent of the container's first process, which dies with it.
enum Supervisor {
    /// Where the runtime leaves the start's lock: a descriptor of the specification's file, locked by `flock(2)`. It is
    /// free when the ``RunRecord`` or the ``ExitRecord`` is written, or all who might write it are dead.
    package static let lock: Int32 = 3

    /// Starts a container and says so on the standard output, as a ``RunRecord`` or as `{"error": …}`.
    ///
    /// It returns in two processes: in the caller's, and, when the container has ended, in the supervisor. Until the
    /// container runs, both are of one process group, and can be killed as such.
    static func start(_ specification: LaunchSpecification) throws(LauncherError) -> Int32 {
        // Started by hand there is none; then the number is not to become another file's.
        if fcntl(lock, F_SETFD, FD_CLOEXEC) < 0 { dup2(2, lock) }
        let report = try Pipe()
        let child = try checked(clinux_fork(), "fork")
        if child > 0 {
            close(lock)
            close(report.writer)
            let answer = try SmallFiles.read(descriptor: report.reader, "the supervisor's answer", limit: 65_536)
            SmallFiles.writeAll(answer.isEmpty ? refusal("the supervisor died") : answer, to: 1)
            return 0
        }
        close(report.reader)
        joinNull(0, 1, 2)
        _ = unsafe clinux_process_name("trama-pod")
        do {
            try supervise(specification, report: report.writer)
        } catch {
            let now = WallClock.now()
            let record = ExitRecord(
                exitCode: 128,
                startError: error.description,
                startedAt: now,
                finishedAt: now
            )
            try? SmallFiles.replace(specification.exitPath, record.json.json)
            SmallFiles.writeAll(refusal(error.description), to: report.writer)
        }
        return 0
    }

    private static func refusal(_ text: String) -> [UInt8] { (["error": .string(text)] as JSONValue).json }

    private static func joinNull(_ descriptors: Int32...) {
        let null = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
        for descriptor in descriptors { dup2(null, descriptor) }
        if null > 2 { close(null) }
    }

    private static func supervise(_ specification: LaunchSpecification, report: Int32) throws(LauncherError) {
        var log = try LogFile(path: specification.logPath)
        let (output, errors, outcome) = (try Pipe(), try Pipe(), try Pipe())
        let signals = try checked(clinux_signal_descriptor(), "signalfd")
        // Its children, not this process, are in the new namespace. Where it cannot be had, processes are the host's.
        let hasOwnProcesses = specification.hasOwnProcesses && clinux_unshare(CLINUX_NEW_PID) >= 0
        let startedAt = WallClock.now()
        let initial = try checked(clinux_fork(), "fork")
        if initial == 0 {
            // An end that stays open here would never be seen to end.
            for descriptor in [lock, report, signals, output.reader, errors.reader, outcome.reader] {
                close(descriptor)
            }
            ContainerInit.run(
                specification,
                hasOwnProcesses: hasOwnProcesses,
                output: output.writer,
                errors: errors.writer,
                outcome: outcome.writer
            )
        }
        close(output.writer)
        close(errors.writer)
        close(outcome.writer)
        let failure = try SmallFiles.read(descriptor: outcome.reader, "the container's answer", limit: 65_536)
        guard failure.isEmpty, let record = record(of: initial, startedAt) else {
            kill(initial, SIGKILL)
            _ = wait(for: initial)
            throw LauncherError(failure.isEmpty ? "the container died" : String(decoding: failure, as: UTF8.self))
        }
        try SmallFiles.replace(specification.runPath, record.json.json)
        // From here on it is for itself.
        setsid()
        close(lock)
        SmallFiles.writeAll(record.json.json, to: report)
        close(report)

        let status = follow(output.reader, errors.reader, signals, initial: initial, log: &log)
        let isOutOfMemory = specification.cgroup.map { ControlGroup.hasRunOutOfMemory($0) } ?? false
        if let cgroup = specification.cgroup { ControlGroup.end(cgroup) }
        let end = ExitRecord(
            exitCode: status,
            isOutOfMemory: isOutOfMemory && status != 0,
            startedAt: startedAt,
            finishedAt: .now()
        )
        try? SmallFiles.replace(specification.exitPath, end.json.json)
    }

    private static func record(of initial: Int32, _ startedAt: WallClock) -> RunRecord? {
        guard let supervisor = ProcessIdentity(number: getpid()) else { return nil }
        // A container that has ended already is a zombie still: this process has not waited for it.
        let identity = ProcessIdentity(number: initial) ?? ProcessIdentity(number: initial, startTicks: 0)
        return RunRecord(supervisor: supervisor, initial: identity, startedAt: startedAt)
    }

    /// Writes the log until the container has ended and all it wrote has been read; its exit status.
    private static func follow(
        _ output: Int32,
        _ errors: Int32,
        _ signals: Int32,
        initial: Int32,
        log: inout LogFile
    ) -> Int32 {
        var streams = LogStreams(output: output, errors: errors)
        while true {
            var waits = streams.descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            waits.append(pollfd(fd: signals, events: Int16(POLLIN), revents: 0))
            // In bounds: the array's own start and count. A descriptor of -1 is passed over.
            _ = unsafe poll(&waits, nfds_t(waits.count), -1)
            var status: Int32?
            while true {
                let number = clinux_next_signal(signals)
                guard number > 0 else { break }
                if number == SIGCHLD {
                    status = status ?? ended(initial)
                } else if number == SIGTERM || number == SIGINT {
                    kill(initial, number)
                }
            }
            log.write(streams.read())
            if let status {
                log.write(streams.finish())
                return status
            }
        }
    }

    /// The exit status of a child that has ended; nil while it runs.
    private static func ended(_ child: Int32) -> Int32? {
        var status: Int32 = 0
        // In bounds: the call writes the one number.
        guard unsafe waitpid(child, &status, WNOHANG) == child else { return nil }
        return exitCode(status)
    }

    private static func wait(for child: Int32) -> Int32 {
        var status: Int32 = 0
        // In bounds: the call writes the one number.
        while unsafe waitpid(child, &status, 0) < 0, errno == EINTR {}
        return exitCode(status)
    }
}

/// The exit status as shells tell it, from what `waitpid(2)` gave: the low seven bits are the signal that ended the
/// process, the next byte is its status.
package func exitCode(_ status: Int32) -> Int32 {
    status & 0x7f == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f)
}

/// Both ends of a pipe, close-on-exec; closed by hand.
struct Pipe {
    let reader: Int32
    let writer: Int32

    init() throws(LauncherError) {
        var ends: [Int32] = [-1, -1]
        // In bounds: the call writes two numbers.
        try checked(unsafe clinux_pipe(&ends), "make a pipe")
        (reader, writer) = (ends[0], ends[1])
    }
}
