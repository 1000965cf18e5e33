import Glibc

/// What is wrong with the state folder or a file in it.
public struct StateError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The path of the folder or file.
    public var path: String
    /// What is wrong with it.
    public var problem: Problem

    /// That problem of that path.
    public init(path: String, problem: Problem) {
        self.path = path
        self.problem = problem
    }

    /// What can be wrong.
    public enum Problem: Sendable, Equatable {
        /// The system refused: what was tried (`open`, `write`, …), and its error number.
        case system(operation: String, errno: Int32)
        /// Another process holds the folder; its number, if it can be read.
        case held(by: Int32?)
        /// Others than the owner may read or write the file, which holds a secret; its mode.
        case open(mode: UInt32)
        /// The file is larger than any that was written here, in bytes.
        case tooLarge(byteCount: Int)
        /// The file cannot be understood; where and why.
        case damaged(String)
    }

    /// The path, the problem, and what to do.
    public var description: String {
        switch problem {
        case .system(let operation, let errno):
            let reason = "cannot \(operation) \(path): \(String(cString: strerror(errno)))"
            switch errno {
            case ENOSPC, EDQUOT: return "\(reason); make room on that file system"
            case EROFS: return "\(reason); choose a folder on a file system that can be written"
            case EACCES, EPERM: return "\(reason); run as the owner of the folder, or choose another"
            default: return reason
            }
        case .held(let process):
            let who = process.map { "the process \($0)" } ?? "another process"
            return "\(path) is in use by \(who): stop it, or give this one a state folder of its own"
        case .open(let mode):
            let octal = String(mode & 0o7777, radix: 8)
            return "\(path) holds a secret, and others may use it (mode \(octal)): `chmod 600 \(path)`"
        case .tooLarge(let byteCount):
            return "\(path) has \(byteCount) bytes, more than can be meant: look what it is"
        case .damaged(let reason):
            return "\(path) is damaged: \(reason)"
        }
    }
}
