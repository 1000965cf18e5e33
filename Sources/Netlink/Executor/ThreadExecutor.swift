import CLinux
import Glibc

/// A serial executor on one thread of its own, for actors that block in system calls.
///
/// Swift's shared pool has one thread per core and must never wait; an actor that returns this from
/// `unownedExecutor` waits here instead. The thread ends when the last actor that uses the executor is gone.
/// It blocks every signal, so that handlers run on the program's other threads.
public final class ThreadExecutor: SerialExecutor {
    private let queue: JobQueue

    /// Starts a thread; `name` shows in `ps -L` and debuggers, cut to 15 bytes.
    public init(name: String) {
        queue = JobQueue()
        queue.startThread(name: name)
    }

    deinit {
        queue.close()
    }

    /// Queues a job; jobs run one at a time, in order.
    public func enqueue(_ job: consuming ExecutorJob) {
        // The queue holds the executor until the job is done: the job may drop the last other reference.
        queue.append(UnownedJob(job), of: self)
    }

    /// Queues a function that nobody waits for; it runs in its turn, like a job.
    public func perform(_ body: @escaping @Sendable () -> Void) {
        queue.append(body, of: self)
    }

    /// The executor as actors refer to it.
    public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        unsafe UnownedSerialExecutor(ordinary: self)
    }

    /// Whether the caller runs on this executor's thread.
    public func isIsolatingCurrentContext() -> Bool? {
        queue.isCurrentThread
    }

    /// Stops the program unless the caller runs on this executor's thread.
    public func checkIsolated() {
        precondition(queue.isCurrentThread, "invariant: this code runs on its actor's own thread")
    }
}

/// Jobs waiting for a thread, and the thread.
///
/// `@unchecked Sendable`: `jobs`, `isClosed` and `thread` are read and written only under `lock`.
@safe
private final class JobQueue: @unchecked Sendable {
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let arrived = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var jobs: [(work: Work, executor: ThreadExecutor)] = []
    private var isClosed = false
    private var thread: pthread_t?

    init() {
        unsafe lock.initialize(to: pthread_mutex_t())
        unsafe arrived.initialize(to: pthread_cond_t())
        unsafe pthread_mutex_init(lock, nil)
        unsafe pthread_cond_init(arrived, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(arrived)
        unsafe pthread_mutex_destroy(lock)
        unsafe arrived.deallocate()
        unsafe lock.deallocate()
    }

    var isCurrentThread: Bool {
        withLock {
            guard let thread else { return false }
            return pthread_equal(thread, pthread_self()) != 0
        }
    }

    /// What the thread does in one turn.
    private enum Work {
        case job(UnownedJob)
        case function(@Sendable () -> Void)
    }

    func append(_ job: UnownedJob, of executor: ThreadExecutor) {
        withLock { jobs.append((.job(job), executor)) }
        unsafe pthread_cond_signal(arrived)
    }

    func append(_ function: @escaping @Sendable () -> Void, of executor: ThreadExecutor) {
        withLock { jobs.append((.function(function), executor)) }
        unsafe pthread_cond_signal(arrived)
    }

    func close() {
        withLock { isClosed = true }
        unsafe pthread_cond_signal(arrived)
    }

    func startThread(name: String) {
        let start = unsafe Unmanaged.passRetained(ThreadStart(queue: self, name: name))
        var all = sigset_t()
        var old = sigset_t()
        unsafe sigfillset(&all)
        // A thread inherits the mask of the one that makes it.
        unsafe pthread_sigmask(SIG_SETMASK, &all, &old)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &old, nil) }
        var thread = pthread_t()
        let result = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let start = unsafe Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
                _ = unsafe clinux_thread_set_name(String(start.name.prefix(15)))
                start.queue.run()
                return nil
            },
            unsafe start.toOpaque()
        )
        guard result == 0 else { fatalError("invariant: cannot start thread \(name) (errno \(result))") }
        withLock { self.thread = thread }
        pthread_detach(thread)
    }

    /// Runs jobs until the executor is gone.
    private func run() {
        var batch: [(work: Work, executor: ThreadExecutor)] = []
        while true {
            unsafe pthread_mutex_lock(lock)
            while jobs.isEmpty, !isClosed { unsafe pthread_cond_wait(arrived, lock) }
            swap(&batch, &jobs)
            unsafe pthread_mutex_unlock(lock)
            if batch.isEmpty { return }
            for (work, executor) in batch {
                switch work {
                case .job(let job): unsafe job.runSynchronously(on: executor.asUnownedSerialExecutor())
                case .function(let body): body()
                }
            }
            batch.removeAll(keepingCapacity: true)
        }
    }

    private func withLock<Result>(_ body: () -> Result) -> Result {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        return body()
    }
}

/// What a new thread is given.
private final class ThreadStart {
    let queue: JobQueue
    let name: String

    init(queue: JobQueue, name: String) {
        self.queue = queue
        self.name = name
    }
}
