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

    /// Runs it; what it printed, on both streams.
    @discardableResult
    static func run(
        _ arguments: [String],
        input: [UInt8] = [],
        in namespace: borrowing NetworkNamespace
    ) throws -> String {
        // Files, not pipes: neither side waits for the other.
        let (source, sink) = (try TemporaryFile(content: input), try TemporaryFile(content: []))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, source.descriptor, 0)
        posix_spawn_file_actions_adddup2(&actions, sink.descriptor, 1)
        posix_spawn_file_actions_adddup2(&actions, sink.descriptor, 2)
        var process = pid_t()
        var argument = arguments.map { strdup($0) } + [nil]
        defer { for pointer in argument { free(pointer) } }
        // The child is born in the namespace of the thread that spawns it.
        let failure = try namespace.enter { posix_spawnp(&process, arguments[0], &actions, nil, &argument, environ) }
        let command = arguments.joined(separator: " ")
        guard failure == 0 else { throw Failure(command: command, status: failure, output: "not started") }
        var state: Int32 = 0
        while waitpid(process, &state, 0) < 0 {
            guard errno == EINTR else { throw Failure(command: command, status: errno, output: "lost") }
        }
        let output = sink.read()
        guard state == 0 else { throw Failure(command: command, status: state, output: String(output.prefix(2000))) }
        return output
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
