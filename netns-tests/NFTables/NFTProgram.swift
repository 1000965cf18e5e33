import CLinux
import Glibc
import Netlink

/// The `nft` program, as operators run it: the judge of whether what we write can be listed and loaded.
enum NFTProgram {
    /// What a run of it printed, and how it ended.
    struct Outcome {
        /// Exit status; 128 plus the signal's number where a signal ended it.
        var status: Int32
        var output: String
        var errors: String
    }

    /// Runs `nft` in a network namespace.
    static func run(
        _ arguments: [String],
        input: String = "",
        in namespace: borrowing NetworkNamespace
    ) throws -> Outcome {
        // Files, not pipes: neither side waits for the other.
        let files = try [input, "", ""].map(TemporaryFile.init(content:))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (target, file) in files.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, file.descriptor, Int32(target))
        }
        var process = pid_t()
        var argument = (["nft"] + arguments).map { strdup($0) } + [nil]
        defer { for pointer in argument { free(pointer) } }
        // The child is born in the namespace of the thread that spawns it.
        let failure = try namespace.enter { posix_spawnp(&process, "nft", &actions, nil, &argument, environ) }
        guard failure == 0 else { throw SpawnError(errno: failure) }
        var state: Int32 = 0
        while waitpid(process, &state, 0) < 0 {
            guard errno == EINTR else { throw SpawnError(errno: errno) }
        }
        let signal = state & 0x7f
        return Outcome(
            status: signal == 0 ? (state >> 8) & 0xff : 128 + signal,
            output: files[1].read(),
            errors: files[2].read()
        )
    }

    struct SpawnError: Error {
        var errno: Int32
    }
}

/// A file without a name.
private final class TemporaryFile {
    let descriptor: Int32

    init(content: String) throws {
        var path = Array("/tmp/trama-nft-XXXXXX".utf8CString)
        descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw NFTProgram.SpawnError(errno: errno) }
        unlink(path)
        var text = content
        let written = text.withUTF8 { write(descriptor, $0.baseAddress, $0.count) }
        guard written == content.utf8.count else { throw NFTProgram.SpawnError(errno: errno) }
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
