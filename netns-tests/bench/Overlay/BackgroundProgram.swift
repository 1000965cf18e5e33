import Glibc
import Netlink
import Synchronization

/// A program that runs until it is stopped, or until nothing refers to it. What it says is kept.
final class BackgroundProgram: Sendable {
    let process: pid_t
    private let log: Int32
    private let arguments: [String]
    /// It was waited for, so that the number may be another program's.
    private let isStopped = Mutex(false)

    init(_ arguments: [String], in namespace: borrowing NetworkNamespace) throws {
        self.arguments = arguments
        var path = Array("/tmp/trama-bench-XXXXXX".utf8CString)
        log = mkstemp(&path)
        guard log >= 0 else { throw Program.Failure(command: "mkstemp", status: errno, output: "") }
        unlink(path)
        do {
            process = try Program.start(arguments, output: log, in: namespace)
        } catch {
            close(log)
            throw error
        }
    }

    deinit {
        stop()
        close(log)
    }

    /// Ends it, if it has not ended yet, and waits for that.
    func stop() {
        isStopped.withLock { isStopped in
            guard !isStopped else { return }
            isStopped = true
            kill(process, SIGTERM)
            Program.wait(for: process)
        }
    }

    /// What it said so far, on both streams; the last megabyte at most.
    var output: String {
        // Not the offset of the descriptor, which is the child's too.
        var status = stat()
        guard fstat(log, &status) == 0 else { return "" }
        let count = min(Int(status.st_size), 1 << 20)
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, length in
            length = max(pread(log, buffer.baseAddress, count, off_t(Int(status.st_size) - count)), 0)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Throws where it has ended by itself.
    func check() throws {
        var state: Int32 = 0
        guard
            isStopped.withLock({ isStopped in
                guard !isStopped, waitpid(process, &state, WNOHANG) == process else { return false }
                isStopped = true
                return true
            })
        else { return }
        throw Program.Failure(
            command: arguments.joined(separator: " "),
            status: state,
            output: String(output.suffix(2000))
        )
    }

    /// Waits until it has said that.
    func wait(for text: String, within limit: Duration) async throws {
        try await eventually("\(arguments.first ?? "") to say \(text)", within: limit) {
            try self.check()
            return self.output.contains(text)
        }
    }

    /// Processor time that it has taken.
    var processorTime: Duration { Self.processorTime(of: process) }

    /// Memory that it has at present, in bytes.
    var resident: Int { Memory.read("/proc/\(process)/status", "VmRSS") }
    /// Memory that it has had at most, in bytes.
    var peak: Int { Memory.read("/proc/\(process)/status", "VmHWM") }

    /// Processor time that a process has taken: fields 14 and 15 of `/proc/PID/stat`, in ticks.
    static func processorTime(of process: pid_t) -> Duration {
        guard let file = fopen("/proc/\(process)/stat", "r") else { return .zero }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 4096)
        guard fgets(&line, Int32(line.count), file) != nil else { return .zero }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // The name, in parentheses, may have spaces.
        guard let end = text.lastIndex(of: ")") else { return .zero }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else { return .zero }
        return .milliseconds((user + system) * 1000 / Int(sysconf(Int32(_SC_CLK_TCK))))
    }
}

/// Asks again and again until something is so.
func eventually(
    _ what: String,
    within limit: Duration = .seconds(30),
    every pause: Duration = .milliseconds(50),
    _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < end else {
            throw Program.Failure(command: "wait for \(what)", status: ETIMEDOUT, output: "not within \(limit)")
        }
        try await Task.sleep(for: pause)
    }
}
