import KubernetesClient
import ServiceLifecycle

/// How long to wait before something that failed is tried again: one second first, then twice as long each time, up to thirty.
struct RetryPause: Sendable {
    private static let longest: Duration = .seconds(30)
    private var following: Duration = .seconds(1)

    /// The pause before the next try.
    mutating func next() -> Duration {
        defer { following = min(following * 2, Self.longest) }
        return following
    }
}

extension Timekeeper {
    /// Waits that long; false where the task is cancelled or the process is to end.
    func sleepUnlessStopped(_ duration: Duration) async -> Bool {
        do {
            try await cancelWhenGracefulShutdown { try await sleep(duration) }
            return !Task.isShuttingDownGracefully
        } catch {
            return false
        }
    }
}
