package import KubernetesClient
import Synchronization

/// Time that passes only as it is waited for: every sleep ends at once and moves the time on by its length.
package final class ManualTime: Sendable {
    private let state = Mutex((now: Duration.zero, sleeps: [Duration]()))

    package init() {}

    /// What was waited for, in order.
    package var sleeps: [Duration] { state.withLock { $0.sleeps } }

    package func advance(by duration: Duration) {
        state.withLock { $0.now += duration }
    }

    package var timekeeper: Timekeeper {
        Timekeeper(
            now: { self.state.withLock { $0.now } },
            sleep: { duration in
                try Task.checkCancellation()
                self.state.withLock { state in
                    state.now += duration
                    state.sleeps.append(duration)
                }
            }
        )
    }
}
