import Glibc
import JSON

/// The file that says which container has which addresses, shared by the daemon and the plug-in.
///
/// A change takes the lock (`flock` on `attachments.lock`), reads `attachments`, writes the whole of it anew beside
/// it, syncs, renames and syncs the folder: whatever dies when, there is one complete table on the disk, and it has
/// everything that somebody was told. Reading needs no lock. Blocks: for threads that may.
public struct AddressStore: Sendable {
    /// Where the file is.
    public let folder: String

    /// Where the daemon keeps its state unless told otherwise.
    public static let defaultFolder = "/var/lib/trama/overlay"
    /// How many bytes a table may have; one attachment takes about 300.
    static let sizeLimit = 64 << 20
    /// How long to wait for the lock: a change takes some milliseconds.
    static let lockTimeout: Duration = .seconds(10)

    /// The store in a folder, which is made with the first change.
    public init(folder: String = defaultFolder) {
        self.folder = folder
    }

    private var path: String { "\(folder)/attachments" }

    /// The table as it was last written; an empty one where there is none.
    public func read() throws(AttachmentError) -> AttachmentTable {
        guard let file = FileDescriptor(path: path, O_RDONLY) else {
            guard errno == ENOENT else { throw .failed("read \(path)") }
            return AttachmentTable()
        }
        guard let bytes = file.readAll(limit: Self.sizeLimit) else { throw .failed("read \(path)") }
        do {
            return try AttachmentTable(json: bytes)
        } catch {
            throw AttachmentError(
                .undecodable,
                "\(path) is damaged: restore it, or detach all containers and remove it",
                details: "\(error)"
            )
        }
    }

    /// Changes the table, alone; what is changed is on the disk when this returns.
    ///
    /// Nothing is written where `body` changes nothing.
    public func update<Result>(_ body: (inout AttachmentTable) -> Result) throws(AttachmentError) -> Result {
        let lock = try locked()
        defer { withExtendedLifetime(lock) {} }
        let before = try read()
        var table = before
        let result = body(&table)
        if table != before {
            table.revision = before.revision &+ 1
            try write(table.json())
        }
        return result
    }

    // MARK: Files

    private func locked() throws(AttachmentError) -> FileDescriptor {
        let lockPath = "\(folder)/attachments.lock"
        var opened = FileDescriptor(path: lockPath, O_RDWR | O_CREAT)
        if opened == nil, errno == ENOENT {
            makeFolders()
            opened = FileDescriptor(path: lockPath, O_RDWR | O_CREAT)
        }
        guard let file = opened else { throw .failed("open \(lockPath)") }
        let clock = ContinuousClock()
        let end = clock.now + Self.lockTimeout
        var pause: UInt32 = 1
        while flock(file.number, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else { throw .failed("lock \(lockPath)") }
            guard clock.now < end else {
                throw AttachmentError(
                    .tryAgainLater,
                    "\(lockPath) has been locked by another process for \(Self.lockTimeout): find it with fuser"
                )
            }
            Machine.sleep(milliseconds: pause)
            pause = min(pause * 2, 8)
        }
        return file
    }

    /// Makes the folder and those it is in; whether that went well shows when a file is made in it.
    private func makeFolders() {
        var path = folder.hasPrefix("/") ? "/" : ""
        for part in folder.split(separator: "/") {
            path += (path.isEmpty || path.hasSuffix("/") ? "" : "/") + part
            unsafe mkdir(path, 0o700)
        }
    }

    private func write(_ bytes: [UInt8]) throws(AttachmentError) {
        let temporary = "\(path).new"
        guard let file = FileDescriptor(path: temporary, O_WRONLY | O_CREAT | O_TRUNC) else {
            throw .failed("write \(temporary)")
        }
        guard file.writeAll(bytes), fsync(file.number) == 0 else { throw .failed("write \(temporary)") }
        guard unsafe rename(temporary, path) == 0 else { throw .failed("rename \(temporary) to \(path)") }
        guard let directory = FileDescriptor(path: folder, O_RDONLY | O_DIRECTORY), fsync(directory.number) == 0 else {
            throw .failed("sync \(folder)")
        }
    }
}
