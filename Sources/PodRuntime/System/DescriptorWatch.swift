import CLinux
import Glibc
import Netlink
import Synchronization

/// Waits for descriptors (pipes, sockets, processes) on one thread for all of them, without blocking anybody.
final class DescriptorWatch: Sendable {
    /// What is waited for; the thread and the waiting tasks share it.
    private final class Core: Sendable {
        struct Waiter {
            var descriptor: Int32
            var continuation: CheckedContinuation<Bool, Never>
        }

        struct State {
            var nextToken: UInt64 = 1
            var waiting: [UInt64: Waiter] = [:]
            /// Cancelled before they waited.
            var cancelled: Set<UInt64> = []
        }

        let epoll: Int32
        let end: Int32
        let state = Mutex(State())

        init() throws(NetlinkError) {
            epoll = clinux_epoll_create()
            guard epoll >= 0 else { throw NetlinkError(operation: "make an epoll descriptor", errno: -epoll) }
            end = clinux_eventfd()
            guard end >= 0 else { throw NetlinkError(operation: "make an event descriptor", errno: -end) }
            _ = clinux_epoll_arm(epoll, end, 0, 0)
        }

        deinit {
            close(epoll)
            close(end)
        }

        func run() {
            var tokens = [UInt64](repeating: 0, count: 64)
            while true {
                // In bounds: the array's own start and count.
                let count = unsafe clinux_epoll_wait(epoll, &tokens, 64, -1)
                guard count >= 0 else { return }
                for token in tokens.prefix(Int(count)) {
                    if token == 0 { return }
                    resume(token, true)
                }
            }
        }

        func cancel(_ token: UInt64) {
            let continuation = state.withLock { state in
                let continuation = state.waiting.removeValue(forKey: token)
                if continuation == nil { state.cancelled.insert(token) }
                return continuation
            }
            continuation?.continuation.resume(returning: false)
        }

        func resume(_ token: UInt64, _ isReady: Bool) {
            state.withLock { $0.waiting.removeValue(forKey: token) }?.continuation.resume(returning: isReady)
        }
    }

    private let core: Core
    private let executor = ThreadExecutor(name: "pod-watch")

    init() throws(NetlinkError) {
        let core = try Core()
        self.core = core
        executor.perform { core.run() }
    }

    deinit {
        var one: UInt64 = 1
        // In bounds: the one number.
        _ = unsafe write(core.end, &one, 8)
    }

    /// Waits until the descriptor can be read, or has failed or ended. One waits for a descriptor at a time.
    ///
    /// - Throws: `CancellationError`.
    func readable(_ descriptor: Int32) async throws { try await wait(descriptor, writing: false) }

    /// Waits until the descriptor can be written.
    func writable(_ descriptor: Int32) async throws { try await wait(descriptor, writing: true) }

    /// Wakes whoever waits for a descriptor that is about to be closed: the kernel would never do it afterwards.
    func abandon(_ descriptor: Int32) {
        let tokens = core.state.withLock { state in
            state.waiting.filter { $0.value.descriptor == descriptor }.map(\.key)
        }
        for token in tokens { core.resume(token, true) }
    }

    /// Waits for a process's end, also in a cancelled task.
    func ended(pidfd: Int32) async { _ = await arm(pidfd, writing: false, token: token()) }

    private func token() -> UInt64 {
        core.state.withLock { state in
            defer { state.nextToken += 1 }
            return state.nextToken
        }
    }

    private func wait(_ descriptor: Int32, writing: Bool) async throws {
        try Task.checkCancellation()
        let token = token()
        let isReady = await withTaskCancellationHandler {
            await arm(descriptor, writing: writing, token: token)
        } onCancel: {
            core.cancel(token)
        }
        _ = core.state.withLock { $0.cancelled.remove(token) }
        guard isReady else { throw CancellationError() }
        try Task.checkCancellation()
    }

    private func arm(_ descriptor: Int32, writing: Bool, token: UInt64) async -> Bool {
        await withCheckedContinuation { continuation in
            let isCancelled = core.state.withLock { state in
                if state.cancelled.remove(token) != nil { return true }
                state.waiting[token] = Core.Waiter(descriptor: descriptor, continuation: continuation)
                return false
            }
            guard !isCancelled else { return continuation.resume(returning: false) }
            // A descriptor that cannot be waited for is always ready; the call that follows says what is wrong.
            if clinux_epoll_arm(core.epoll, descriptor, writing ? 1 : 0, token) < 0 { core.resume(token, true) }
        }
    }
}
