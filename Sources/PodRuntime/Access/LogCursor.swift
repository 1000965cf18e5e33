import KubernetesAPI
import Netlink
import PodLauncher
import Glibc

/// Reads one container's log piece by piece, on a thread of its own.
actor LogCursor {
    private let executor = ThreadExecutor(name: "pod-logs")
    private let path: String
    private let options: LogOptions
    /// Whether the container still runs: as long as it does, a reader who follows waits.
    private let isRunning: @Sendable () -> Bool

    private var descriptor: Int32 = -1
    private var filter: LogFilter
    private var hasBegun = false
    private var isAtEnd = false
    private var pending: ArraySlice<UInt8> = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    init(path: String, options: LogOptions, isRunning: @escaping @Sendable () -> Bool) {
        self.path = path
        self.options = options
        self.isRunning = isRunning
        filter = LogFilter(since: options.since, hasTimestamps: options.hasTimestamps, limit: options.limitBytes)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The next piece; nil at the end.
    func next() async throws -> [UInt8]? {
        if !hasBegun { begin() }
        while !isAtEnd {
            if !pending.isEmpty {
                let piece = Array(pending.prefix(65_536))
                pending = pending.dropFirst(piece.count)
                return piece
            }
            if filter.isFull { break }
            // Asked before the file is read: what it wrote until then is in the file.
            let runs = isRunning()
            if read() { continue }
            if filter.hasCome, !pending.isEmpty { continue }
            guard options.follows, runs else { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        isAtEnd = true
        return nil
    }

    /// Reads what is there of the file before, and then goes on with the current one.
    private func begin() {
        hasBegun = true
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard let count = options.tailLines else {
            if let old = try? SmallFiles.read("\(path).1", limit: 64 << 20) { pending += filter.take(old) }
            return
        }
        // The last lines only: all of both files goes by, and of it no more than these is kept.
        var tail = LogTail(count: count)
        if let old = try? SmallFiles.read("\(path).1", limit: 64 << 20) { tail.take(old) }
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while descriptor >= 0 {
            // In bounds: the array's own start and size.
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            tail.take(chunk[..<count])
        }
        for line in tail.lines { pending += filter.take(line) }
        pending += filter.take(tail.rest)
    }

    /// Reads on; false where there is nothing now.
    private func read() -> Bool {
        if descriptor < 0 { descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { return false }
        var chunk = [UInt8](repeating: 0, count: 65_536)
        // In bounds: the array's own start and size.
        let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
        if count > 0 {
            pending += filter.take(chunk[..<count])
            return true
        }
        // Turned away under this reader: the new file is at the path.
        var (own, current) = (stat(), stat())
        // In bounds: the calls write one structure each.
        guard unsafe fstat(descriptor, &own) == 0 else { return false }
        let isThere = unsafe stat(path, &current) == 0
        guard isThere, own.st_ino != current.st_ino else { return false }
        close(descriptor)
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        return descriptor >= 0
    }
}
