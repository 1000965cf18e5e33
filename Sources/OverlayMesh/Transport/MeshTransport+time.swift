import Glibc
import NIOCore
import OverlayCore

extension MeshTransport {
    /// The present, as the node counts it: since the machine started.
    static func now() -> Duration { .nanoseconds(Int64(clamping: NIODeadline.now().uptimeNanoseconds)) }

    /// The present, in seconds since 1970.
    static func time() -> Int64 { Int64(Glibc.time(nil)) }

    /// Has the node told when its deadline comes.
    func schedule() {
        let deadline = node.nextDeadline
        guard isRunning, deadline != timerDeadline else { return }
        timer?.cancel()
        timer = nil
        timerDeadline = deadline
        guard let deadline else { return }
        // A deadline that stays in the past must not keep the event loop from its connections.
        let pause = max(deadline - Self.now(), .milliseconds(1))
        timer = eventLoop.scheduleTask(in: TimeAmount(pause)) { [weak self] in
            self?.assumeIsolated { transport in
                transport.timerDeadline = nil
                transport.handle(.mesh(.tick))
            }
        }
    }

    /// Ends connections that take too long, and writes what waits, each second.
    func sweep() {
        guard isRunning else { return }
        let now = Self.now()
        for (id, connection) in connections {
            if connection.peer == nil, now - connection.began > configuration.limits.handshakeTimeout {
                abandon(id, "no TLS handshake within \(configuration.limits.handshakeTimeout)")
            } else if let stalled = connection.unwritableSince, now - stalled > configuration.limits.stallTimeout {
                counters.stalled += 1
                abandon(id, "it takes nothing of what we send for \(configuration.limits.stallTimeout)")
            }
        }
        effects.flush()
        perform()
        eventLoop.scheduleTask(in: .seconds(1)) { [weak self] in self?.assumeIsolated { $0.sweep() } }
    }
}
