import Glibc

/// Programs that tests start.
enum ChildProcess {
    /// It cannot be started.
    struct StartError: Error {
        let path: String
        let errno: Int32
    }

    /// Starts a program, whose standard output is this descriptor.
    static func spawn(_ words: [String], output: Int32, closesOutput: Bool = false) throws -> pid_t {
        defer { if closesOutput { close(output) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        var number: pid_t = 0
        let result = posix_spawn(&number, words[0], &actions, nil, &arguments, environ)
        guard result == 0 else { throw StartError(path: words[0], errno: result) }
        return number
    }

    /// The folder of this program, where SwiftPM puts the others too.
    static func folderOfThisProgram() -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(decoding: buffer[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }
}
