import Glibc

extension ClusterToken {
    /// Why a token could not be had from a file.
    public enum FileError: Error, Sendable, Equatable, CustomStringConvertible {
        /// The file cannot be read, or others may read it.
        case file(StateError)
        /// What is in the file is no token.
        case token(path: String, ClusterTokenError)

        /// The path, the problem, and what to do.
        public var description: String {
            switch self {
            case .file(let error): "\(error)"
            case .token(let path, let error): "\(path): \(error)"
            }
        }
    }

    /// The token in a file, which must be its owner's alone.
    public init(file path: String) throws(FileError) {
        let bytes: [UInt8]
        do throws(StateError) {
            bytes = try Self.readSecret(path)
        } catch {
            throw .file(error)
        }
        do throws(ClusterTokenError) {
            try self.init(text: String(decoding: bytes, as: UTF8.self))
        } catch {
            throw .token(path: path, error)
        }
    }

    private static func readSecret(_ path: String) throws(StateError) -> [UInt8] {
        let file = try Descriptor(opening: path, O_RDONLY)
        let mode = try file.mode()
        guard mode & 0o077 == 0 else { throw StateError(path: path, problem: .open(mode: mode)) }
        return try file.readAll(limit: 4_096)
    }

    /// Writes the token's text into a new file that is its owner's alone; the folders that it is in are made.
    ///
    /// - Throws: `EEXIST` where there is one already: a token that others have is not overwritten.
    public func write(toNewFile path: String) throws(StateError) {
        var end = path.startIndex
        while let next = path[end...].dropFirst().firstIndex(of: "/") {
            end = next
            // Whether it is there shows when the file is made.
            mkdir(String(path[..<end]), 0o755)
        }
        let file = try Descriptor(opening: path, O_WRONLY | O_CREAT | O_EXCL)
        try file.append(Array("\(text)\n".utf8))
        try file.synchronize()
    }
}
