import Glibc

/// The lock beside a store's file, by which one process at a time has it.
///
/// The file is `PATH.lock` and holds the number of the process. It stays where it is when the store is closed: removing
/// it would let two processes lock two files of one name. The database itself must not be opened but by SQLite, since
/// closing it anywhere in the process lets go of SQLite's own locks.
struct StoreFileLock: ~Copyable, Sendable {
    private let descriptor: Int32

    /// Takes the lock of a store.
    ///
    /// - Throws: `.locked`, `.inaccessible`.
    init(of path: String) throws(SQLiteStoreError) {
        let name = path + ".lock"
        let descriptor = unsafe open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw .inaccessible(path: path, reason: "open \(name): \(errnoText())")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let isHeld = errno == EWOULDBLOCK
            let reason = "lock \(name): \(errnoText())"
            let holder = Self.holder(in: descriptor)
            close(descriptor)
            throw isHeld ? .locked(path: path, holder: holder) : .inaccessible(path: path, reason: reason)
        }
        var text = "\(getpid())\n"
        _ = ftruncate(descriptor, 0)
        // Only people read it: that it cannot be written is no reason not to start.
        text.withUTF8 { bytes in _ = unsafe pwrite(descriptor, bytes.baseAddress, bytes.count, 0) }
        self.descriptor = descriptor
    }

    deinit {
        // A program that this process has just begun to start has the descriptor, too, until it is another program;
        // closing ours would leave the lock with it.
        _ = flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    private static func holder(in descriptor: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        // In bounds: the count is the buffer's.
        let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }
}

/// What must be so before SQLite opens a store's file.
enum StoreFile {
    /// Makes the folders that are missing, only for the owner.
    static func makeFolder(of path: String) throws(SQLiteStoreError) {
        var folders: [String] = []
        var folder = path[...]
        while let slash = folder.lastIndex(of: "/") {
            folder = folder[..<slash]
            if folder.isEmpty { break }
            // The path lives for the call.
            if unsafe access(String(folder), F_OK) == 0 { break }
            folders.append(String(folder))
        }
        for folder in folders.reversed() {
            guard unsafe mkdir(folder, 0o700) == 0 || errno == EEXIST else {
                throw .inaccessible(path: path, reason: "make the folder \(folder): \(errnoText())")
            }
        }
    }

    /// Makes an empty file if there is none, lets only the owner read it, and checks that it can be a database.
    ///
    /// To be called with the lock held and before SQLite has the file open.
    static func prepare(_ path: String) throws(SQLiteStoreError) {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .inaccessible(path: path, reason: errnoText()) }
        defer { close(descriptor) }
        // https://www.sqlite.org/fileformat.html: the magic header string
        let magic = Array("SQLite format 3\0".utf8)
        var bytes = [UInt8](repeating: 0, count: magic.count)
        // In bounds: the count is the buffer's.
        let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
        guard count >= 0 else { throw .inaccessible(path: path, reason: errnoText()) }
        guard count == 0 || bytes == magic else {
            throw .corrupt(path: path, reason: "it does not begin as an SQLite database does")
        }
        guard fchmod(descriptor, 0o600) == 0 else {
            throw .inaccessible(path: path, reason: "set the mode: \(errnoText())")
        }
    }

    /// The size of a file in bytes; 0 where there is none.
    static func size(of path: String) -> Int {
        var status = stat()
        // The call fills the structure it is given.
        guard unsafe stat(path, &status) == 0 else { return 0 }
        return Int(status.st_size)
    }
}

/// What the last call that failed said.
func errnoText() -> String {
    // strerror's text is copied before anything else may call it.
    unsafe String(cString: strerror(errno))
}
