import NFTables
import Netlink
import Synchronization

extension OverlayReconciler {
    /// Keeps the kernel as the last applied state says, until the task is cancelled.
    ///
    /// A failure to ask the kernel is tried again after a pause, and shows in ``problems``.
    public func run() async throws(OverlayError) {
        let waiter = KernelWaiter(changes: changes, wake: wake)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.watchTable() }
            await watch(with: waiter)
            group.cancelAll()
        }
    }

    /// How long the kernel gets to tell the rest of what it began to tell: that a VXLAN device goes, it says some 12 ms
    /// after it told of its forwarding entries, and later where processors are busy.
    private static var settlingTime: Duration { .milliseconds(50) }

    /// Waits for something to do, and does it.
    private func watch(with waiter: KernelWaiter) async {
        var pause = timing.firstPause
        while !Task.isCancelled {
            if await waiter.wait(until: timeUntilDeadline()) {
                // What belongs together comes together: a device that goes takes what is on it along.
                try? await Task.sleep(for: Self.settlingTime)
            }
            guard !Task.isCancelled else { return }
            await enter()
            do throws(OverlayError) {
                try await work()
                pause = timing.firstPause
                leave()
            } catch {
                leave()
                published.withLock { $0.problems = [OverlayProblem(object: "the kernel", reason: "\(error)")] }
                try? await Task.sleep(for: pause)
                pause = min(pause * 2, timing.longestPause)
            }
        }
    }

    private func work() async throws(OverlayError) {
        guard model.desired.state != nil else {
            // Nothing is wanted yet; the queue must not fill up.
            do throws(NetlinkError) { try listen() } catch { throw OverlayError(error) }
            return
        }
        if let last = lastComparison, now - last >= timing.comparisonInterval {
            lastComparison = nil
            table.distrust()
            model.retries.prune(now: now)
        }
        _ = try await reconcile(intended: [], isApplying: false)
    }

    /// How long there is nothing to do if nothing happens.
    private func timeUntilDeadline() -> Duration {
        guard model.desired.state != nil else { return timing.comparisonInterval }
        var deadline = lastComparison.map { $0 + timing.comparisonInterval } ?? .zero
        if let next = model.deadline() { deadline = min(deadline, next) }
        if !table.isSettled { deadline = min(deadline, tableNotBefore) }
        return max(deadline - now, .zero)
    }

    // MARK: nftables

    /// Notices when somebody else changes the table, until the task is cancelled.
    private func watchTable() async {
        var pause = timing.firstPause
        while !Task.isCancelled {
            do {
                let monitor = try NFTablesMonitor(in: namespace, ownPortIDs: [nftables.portID])
                // What was done before it listened was not told.
                await distrustTable()
                for try await event in monitor {
                    pause = timing.firstPause
                    switch event {
                    case .overrun: await distrustTable()
                    case .changed(let change):
                        if !change.isOwn, change.tables.contains(OverlayTable.id) { await distrustTable() }
                    }
                }
            } catch {
                try? await Task.sleep(for: pause)
                pause = min(pause * 2, timing.longestPause)
            }
        }
    }

    private func distrustTable() async {
        await enter()
        table.distrust()
        leave()
        wake.signal()
    }
}

/// Waits for notifications on a thread of its own.
private actor KernelWaiter {
    private let executor = ThreadExecutor(name: "overlay-watch")
    private let changes: RouteChangeQueue
    private let wake: WakeEvent

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(changes: RouteChangeQueue, wake: WakeEvent) {
        self.changes = changes
        self.wake = wake
    }

    /// Waits for something to read; at most that long, until woken, or until the task is cancelled.
    ///
    /// - Returns: Whether there is something to read.
    func wait(until timeout: Duration) async -> Bool {
        let wake = wake
        return await withTaskCancellationHandler {
            // Of the actor, so that it runs on the actor's thread.
            block(for: timeout)
        } onCancel: {
            wake.signal()
        }
    }

    private func block(for timeout: Duration) -> Bool {
        do {
            if try changes.waitUntilReadable(timeout: timeout, wake: wake) { return true }
            wake.reset()
        } catch {
            // The same failure is met, and told, by the one who reads.
        }
        return false
    }
}
