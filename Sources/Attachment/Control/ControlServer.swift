import Glibc
import Netlink
import Synchronization

/// Takes requests on a unix socket that only root may use, and answers them.
///
/// One connection is one request. A thread of its own accepts, reads and writes; requests are answered at the same
/// time, each in a child task. Connections, their sizes and their times are bounded: a slow or mad client is closed,
/// and disturbs nobody.
public final class ControlServer: Sendable {
    /// Answers a request; called for several at once.
    public typealias Handler = @Sendable (ControlRequest) async -> ControlResponse

    /// Where the daemon listens unless told otherwise.
    public static let defaultPath = UnixSocket.defaultPath

    /// The socket's path.
    public let path: String
    private let handler: Handler
    private let listener: FileDescriptor
    /// Locked while this server lives, so that no second daemon takes its place.
    private let lock: FileDescriptor
    private let mailbox: ControlMailbox

    /// Begins to listen; requests wait until ``run()``.
    ///
    /// - Throws: Where another daemon listens there, or the socket cannot be made.
    public init(path: String = defaultPath, handler: @escaping Handler) throws(AttachmentError) {
        self.path = path
        self.handler = handler
        if let end = path.lastIndex(of: "/"), end != path.startIndex {
            // Whether that went well shows when a file is made in it.
            unsafe mkdir(String(path[..<end]), 0o755)
        }
        guard let lock = FileDescriptor(path: "\(path).lock", O_RDWR | O_CREAT) else {
            throw .failed("open \(path).lock")
        }
        guard flock(lock.number, LOCK_EX | LOCK_NB) == 0 else {
            throw AttachmentError(
                .refused,
                "another daemon listens on \(path): stop it first, or give this one another socket"
            )
        }
        self.lock = lock
        listener = try Self.listen(path)
        do throws(NetlinkError) {
            mailbox = try ControlMailbox()
        } catch {
            throw AttachmentError(error)
        }
    }

    deinit {
        // Still ours: the lock is held until after this.
        unsafe unlink(path)
    }

    private static func listen(_ path: String) throws(AttachmentError) -> FileDescriptor {
        guard let socket = UnixSocket.make() else { throw .failed("make a unix socket") }
        // Left by a daemon that was killed.
        unsafe unlink(path)
        let result = unsafe UnixSocket.withAddress(path) { address, size in unsafe bind(socket.number, address, size) }
        guard result == 0 else { throw .failed("bind a unix socket to \(path)") }
        // Between the two calls somebody may connect, but the user of each connection is looked at too.
        guard unsafe chmod(path, 0o600) == 0 else { throw .failed("make \(path) private") }
        guard Glibc.listen(socket.number, 64) == 0 else { throw .failed("listen on \(path)") }
        return socket
    }

    /// Answers requests until the task is cancelled.
    public func run() async {
        let loop = ControlLoop()
        let (requests, continuation) = AsyncStream.makeStream(
            of: ControlLoop.Received.self,
            bufferingPolicy: .bufferingOldest(ControlLoop.connectionLimit)
        )
        let (handler, mailbox, listener) = (handler, mailbox, listener.number)
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    await loop.run(listener: listener, mailbox: mailbox) { received in
                        if case .enqueued = continuation.yield(received) { true } else { false }
                    }
                    continuation.finish()
                }
                for await received in requests {
                    group.addTask {
                        mailbox.post(received.connection, await handler(received.request))
                    }
                }
                mailbox.stop()
            }
        } onCancel: {
            mailbox.stop()
        }
        withExtendedLifetime(self) {}
    }
}

/// What the tasks that answer tell the thread that writes.
final class ControlMailbox: Sendable {
    private struct State {
        var responses: [(connection: UInt64, response: ControlResponse)] = []
        var isStopped = false
    }

    private let state = Mutex(State())
    let wake: WakeEvent

    init() throws(NetlinkError) { wake = try WakeEvent() }

    func post(_ connection: UInt64, _ response: ControlResponse) {
        state.withLock { $0.responses.append((connection, response)) }
        wake.signal()
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        wake.signal()
    }

    /// What was posted since the last call; nil after ``stop()``.
    func take() -> [(connection: UInt64, response: ControlResponse)]? {
        wake.reset()
        return state.withLock { state in
            guard !state.isStopped else { return nil }
            defer { state.responses.removeAll() }
            return state.responses
        }
    }
}
