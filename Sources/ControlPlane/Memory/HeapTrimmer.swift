import CLinux
import Dispatch
import Glibc
import ServiceLifecycle

/// Gives memory back that a flood of writes has left free, when the process has come to rest.
struct HeapTrimmer: ServiceLifecycle.Service {
    private static let interval: Duration = .seconds(1)

    func run() async throws {
        await cancelWhenGracefulShutdown { await trim() }
    }

    private func trim() async {
        var trimming = HeapTrimming()
        var last = (moment: ContinuousClock.now, used: Self.processorTime())
        while true {
            try? await Task.sleep(for: Self.interval)
            guard !Task.isCancelled else { return }
            let present = (moment: ContinuousClock.now, used: Self.processorTime())
            let busyShare = (present.used - last.used) / last.moment.duration(to: present.moment)
            last = present
            // What is free is counted under the heap's locks: not while there is work.
            guard busyShare <= HeapTrimming.restingShare,
                trimming.isDue(freeBytes: Int(clamping: clinux_heap_free()), busyShare: busyShare)
            else { continue }
            // It may wait for the heap's locks.
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    clinux_heap_trim()
                    continuation.resume()
                }
            }
        }
    }

    /// What all threads used so far.
    private static func processorTime() -> Duration {
        var time = timespec()
        guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return .zero }
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
