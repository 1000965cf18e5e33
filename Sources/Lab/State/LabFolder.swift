import Glibc
import JSON
import LabNetwork

/// A lab's folder, as long as this command has it for itself.
///
/// Only one command at a time changes a lab: it holds a lock beside the folder.
public struct LabFolder: ~Copyable {
    /// The lab's name.
    public let name: String
    /// The folder.
    public let path: String
    private let lock: Int32
    private var lockPath: String { path + ".lock" }

    /// Takes the folder of a lab; it need not be there yet.
    ///
    /// - Throws: Where another command has it, or this user may not.
    public init(_ name: String) throws(LabError) {
        try LabOptions.check(name: name)
        let path = LabPlan.folder(of: name)
        if let error = HostFiles.makeFolder(LabPlan.root) {
            throw LabError("make \(LabPlan.root): \(Self.text(error)); labs are for root")
        }
        lock = try Self.lock("\(path).lock", name)
        self.name = name
        self.path = path
    }

    deinit {
        // Taken away while it is still locked; who has opened it meanwhile sees that it is not in its place any more.
        if HostFiles.names(in: path).isEmpty {
            unsafe rmdir(path)
            unsafe unlink(lockPath)
            // Only if nothing else is in them.
            unsafe rmdir(LabPlan.root)
            unsafe rmdir("/run/trama")
        }
        close(lock)
    }

    /// The state of the lab; nil where there is none.
    public borrowing func state() throws(LabError) -> LabState? { try Self.state(of: name) }

    /// The state of a lab that perhaps another command is changing; nil where there is none.
    public static func state(of name: String) throws(LabError) -> LabState? {
        let file = "\(LabPlan.folder(of: name))/state.json"
        guard let bytes = HostFiles.bytes(of: file, limit: 16 << 20) else {
            let error = errno
            if error == ENOENT || error == ENOTDIR { return nil }
            throw LabError("read \(file): \(text(error)); labs are for root")
        }
        do {
            return try LabState(json: JSONValue(json: bytes))
        } catch {
            throw LabError("\(file): \(error)")
        }
    }

    /// The names of all labs.
    public static func names() -> [String] {
        HostFiles.names(in: LabPlan.root).filter { !$0.hasSuffix(".lock") }.sorted()
    }

    /// Writes the state.
    public borrowing func write(_ state: LabState) throws(LabError) {
        if let error = HostFiles.makeFolder(path, mode: 0o755)
            ?? HostFiles.write(state.json.json, to: "\(path)/state.json")
        {
            throw LabError("write \(path)/state.json: \(Self.text(error))")
        }
    }

    /// Removes the folder with all that is in it, the state last: until then it can be tried again.
    public borrowing func remove() {
        for name in HostFiles.names(in: path) where name != "state.json" { HostFiles.remove("\(path)/\(name)") }
        HostFiles.remove(path)
    }

    private static func lock(_ path: String, _ name: String) throws(LabError) -> Int32 {
        while true {
            let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw LabError("open \(path): \(text(errno)); labs are for root") }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                close(descriptor)
                throw LabError("another command is at work on lab \(name): wait until it is done (see `fuser \(path)`)")
            }
            var (own, present) = (stat(), stat())
            // In bounds: both live until the end of this turn.
            let isThere = unsafe fstat(descriptor, &own) == 0 && stat(path, &present) == 0
            if isThere, own.st_ino == present.st_ino { return descriptor }
            // The one before has taken the file away in between.
            close(descriptor)
        }
    }

    private static func text(_ error: Int32) -> String {
        // In bounds: the text ends in NUL, and is used before the next call.
        unsafe String(cString: strerror(error))
    }
}
