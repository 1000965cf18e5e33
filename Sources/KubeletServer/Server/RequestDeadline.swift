import NIOCore

/// Closes a connection whose client takes too long to ask for something.
final class RequestDeadline: Sendable {
    private let channel: any Channel
    private let timer: NIOLoopBoundBox<Scheduled<Void>?>

    init(_ channel: any Channel) {
        self.channel = channel
        timer = .makeBoxSendingValue(nil, eventLoop: channel.eventLoop)
    }

    /// From now on the client has so long.
    func begin(_ timeout: Duration) {
        let delay = TimeAmount(timeout)
        channel.eventLoop.execute {
            self.timer.value?.cancel()
            self.timer.value = self.channel.eventLoop.scheduleTask(in: delay) {
                self.channel.close(mode: .all, promise: nil)
            }
        }
    }

    /// The client has asked for something.
    func end() {
        channel.eventLoop.execute {
            self.timer.value?.cancel()
            self.timer.value = nil
        }
    }
}
