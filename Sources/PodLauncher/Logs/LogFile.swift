import Glibc

/// A log that is written at its end, and whose past is dropped in time: the current file and the one before it.
struct LogFile: ~Copyable {
    /// How many bytes the current file may have.
    static let limit = 10_000_000

    private let path: String
    private let limit: Int
    private var descriptor: Int32 = -1
    private var size = 0

    init(path: String, limit: Int = LogFile.limit) throws(LauncherError) {
        self.path = path
        self.limit = limit
        try openFile()
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Writes entries; what does not fit the disk is lost.
    mutating func write(_ entries: [UInt8]) {
        guard !entries.isEmpty else { return }
        if size > 0, size + entries.count > limit { rotate() }
        guard descriptor >= 0 else { return }
        SmallFiles.writeAll(entries, to: descriptor)
        size += entries.count
    }

    private mutating func rotate() {
        guard unsafe rename(path, "\(path).1") == 0 else { return }
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        try? openFile()
    }

    private mutating func openFile() throws(LauncherError) {
        descriptor = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw LauncherError("open the log \(path)", errno: errno) }
        var status = stat()
        // In bounds: the call writes the one structure.
        size = unsafe fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }
}
