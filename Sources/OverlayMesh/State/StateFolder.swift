import Glibc

/// The folder with what must outlive the daemon, held by one process at a time.
///
/// Its files are the owner's alone (0600 in a folder of 0700) and are replaced as a whole: after a crash at any point
/// either the old content is there or the new. Calls block.
public final class StateFolder: Sendable {
    /// The folder's path.
    public let path: String
    /// `daemon.lock`, locked by flock(2) as long as this value lives.
    private let lock: Descriptor

    /// Opens the folder, or makes it, and holds it until the value goes.
    ///
    /// - Throws: `.held` where another process has it.
    public init(path: String) throws(StateError) {
        self.path = path
        try Self.make(path)
        let lockPath = "\(path)/daemon.lock"
        lock = try Descriptor(opening: lockPath, O_RDWR | O_CREAT | O_NOFOLLOW)
        guard Self.take(lock) else {
            guard errno == EWOULDBLOCK else {
                throw StateError(path: lockPath, problem: .system(operation: "lock", errno: errno))
            }
            let holder = try lock.readAll(limit: 32)
            throw StateError(path: path, problem: .held(by: Int32(String(decoding: holder, as: UTF8.self))))
        }
        try lock.truncate(to: 0)
        try lock.append(Array("\(getpid())".utf8))
    }

    /// Makes the folder, and those that it is in; theirs are anybody's to look into, it is not.
    private static func make(_ path: String) throws(StateError) {
        var end = path.startIndex
        while let next = path[end...].dropFirst().firstIndex(of: "/") {
            end = next
            mkdir(String(path[..<end]), 0o755)
        }
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw StateError(path: path, problem: .system(operation: "make", errno: errno))
        }
    }

    /// Locks the file; `errno` says why not.
    ///
    /// A program that is being started has our files for the moment until it runs, and with them a lock that was let
    /// go meanwhile: that passes.
    private static func take(_ lock: borrowing Descriptor) -> Bool {
        let attempts = 20
        for attempt in 1...attempts {
            if flock(lock.number, LOCK_EX | LOCK_NB) == 0 { return true }
            guard errno == EWOULDBLOCK, attempt < attempts else { return false }
            usleep(10_000)
        }
        return false
    }

    /// The content of a file, or nil if there is none of that name.
    ///
    /// - Parameters:
    ///   - name: A file of the folder.
    ///   - limit: Bytes that it has at most.
    public func read(_ name: String, limit: Int) throws(StateError) -> [UInt8]? {
        let file: Descriptor
        do {
            file = try Descriptor(opening: "\(path)/\(name)", O_RDONLY | O_NOFOLLOW)
        } catch {
            guard case .system(_, ENOENT) = error.problem else { throw error }
            return nil
        }
        return try file.readAll(limit: limit)
    }

    /// Puts this content in place of a file's, for good once the call returns.
    public func replace(_ name: String, with bytes: [UInt8]) throws(StateError) {
        _ = try create(name, with: bytes)
    }

    /// The same; returns the new file, open for appending.
    func create(_ name: String, with bytes: [UInt8]) throws(StateError) -> Descriptor {
        let temporary = "\(path)/\(name).new"
        let file = try Descriptor(
            opening: temporary,
            O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW,
            describedAs: "\(path)/\(name)"
        )
        try file.append(bytes)
        try file.synchronize()
        guard rename(temporary, "\(path)/\(name)") == 0 else {
            throw StateError(path: temporary, problem: .system(operation: "rename", errno: errno))
        }
        try Descriptor(opening: path, O_RDONLY | O_DIRECTORY).synchronize()
        return file
    }

    /// Deletes a file, for good once the call returns; does nothing if there is none.
    public func remove(_ name: String) throws(StateError) {
        guard unlink("\(path)/\(name)") == 0 || errno == ENOENT else {
            throw StateError(path: "\(path)/\(name)", problem: .system(operation: "delete", errno: errno))
        }
        try Descriptor(opening: path, O_RDONLY | O_DIRECTORY).synchronize()
    }

    /// Deletes these files, and the folder if nothing else is in it.
    public func removeAll(_ names: [String]) throws(StateError) {
        for name in names { try remove(name) }
        unlink("\(path)/daemon.lock")
        rmdir(path)
    }
}
