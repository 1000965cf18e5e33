import CLinux
import Glibc
import Netlink

/// Runs programs inside a network namespace.
enum Program {
    /// How a program ended that did not succeed.
    struct Failure: Error, CustomStringConvertible {
        let arguments: [String]
        let status: Int32
        let output: String
        var description: String { "\(arguments.joined(separator: " ")) ended with \(status): \(output)" }
    }

    /// Runs a program to its end and returns what it wrote to its standard output and error.
    ///
    /// - Parameters:
    ///   - arguments: The program, found in `PATH`, and its arguments.
    ///   - namespace: Where it runs.
    ///   - input: Its standard input; at most 64 KB, what a pipe holds.
    /// - Throws: ``Failure`` where it does not exit with 0.
    static func run(
        _ arguments: [String],
        in namespace: consuming NetworkNamespace,
        input: String = ""
    ) async throws -> String {
        let runner = ProgramRunner()
        return try await runner.run(arguments, in: namespace.fileDescriptor, input: input)
    }
}

/// Waits for one program on a thread of its own.
private actor ProgramRunner {
    private let executor = ThreadExecutor(name: "program")

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func run(_ arguments: [String], in descriptor: Int32, input: String) throws -> String {
        let namespace = try NetworkNamespace(path: "/proc/self/fd/\(descriptor)")
        let output = try Pipe()
        let standardInput = try Pipe()
        // A child inherits the namespace of the thread that starts it.
        let process = try namespace.enter { () throws(NetlinkError) in
            try Self.spawn(arguments, input: standardInput.reader, output: output.writer)
        }
        standardInput.closeReader()
        output.closeWriter()
        _ = Array(input.utf8).withUnsafeBytes { write(standardInput.writer, $0.baseAddress, $0.count) }
        standardInput.closeWriter()

        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = chunk.withUnsafeMutableBytes { read(output.reader, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        // `ip` says so of a link whose other end is in a namespace that another test is just removing.
        let noise = "Error: Peer netns reference is invalid.\n"
        let text = String(decoding: bytes, as: UTF8.self).split(separator: noise, omittingEmptySubsequences: false)
            .joined()
        // The low seven bits are the signal that ended it; the next byte is its exit status.
        guard status == 0 else {
            throw Program.Failure(
                arguments: arguments,
                status: status & 0x7f == 0 ? status >> 8 : -status,
                output: text
            )
        }
        return text
    }

    private static func spawn(_ arguments: [String], input: Int32, output: Int32) throws(NetlinkError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        // The thread blocks every signal; the child must not.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        var pointers = arguments.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        pointers.append(nil)
        var process: pid_t = 0
        let result = posix_spawnp(&process, arguments[0], &actions, &attributes, pointers, environ)
        guard result == 0 else { throw NetlinkError(operation: "start \(arguments[0])", errno: result) }
        return process
    }
}

/// A pipe whose ends are closed with it.
private final class Pipe {
    private(set) var reader: Int32
    private(set) var writer: Int32

    init() throws(NetlinkError) {
        var ends: [Int32] = [-1, -1]
        let result = clinux_pipe(&ends)
        guard result == 0 else { throw NetlinkError(operation: "make a pipe", errno: -result) }
        reader = ends[0]
        writer = ends[1]
    }

    deinit {
        closeReader()
        closeWriter()
    }

    func closeReader() {
        if reader >= 0 { close(reader) }
        reader = -1
    }

    func closeWriter() {
        if writer >= 0 { close(writer) }
        writer = -1
    }
}
