import Glibc
import Netlink

/// The thread that serves the connections of a ``ControlServer``.
actor ControlLoop {
    /// A request, and whom to answer.
    struct Received: Sendable {
        let connection: UInt64
        let request: ControlRequest
    }

    /// How many connections there may be; further ones wait in the kernel's queue.
    static let connectionLimit = 64

    private let executor = ThreadExecutor(name: "control")
    private var connections: [UInt64: ControlConnection] = [:]
    private var lastNumber: UInt64 = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Serves until the mailbox is stopped; then every connection is closed.
    ///
    /// - Parameter deliver: Takes a request; false where that is not possible.
    func run(listener: Int32, mailbox: ControlMailbox, deliver: (Received) -> Bool) {
        let user = geteuid()
        defer { connections.removeAll() }
        while true {
            var entries = [pollfd(fd: mailbox.wake.fileDescriptor, events: Int16(POLLIN), revents: 0)]
            let accepts = connections.count < Self.connectionLimit
            entries.append(pollfd(fd: accepts ? listener : -1, events: Int16(POLLIN), revents: 0))
            let numbers = connections.keys.sorted()
            var deadline: Int64?
            for number in numbers {
                guard let connection = connections[number] else { continue }
                entries.append(pollfd(fd: connection.descriptor, events: connection.events, revents: 0))
                if let moment = connection.deadline { deadline = min(moment, deadline ?? moment) }
            }
            let now = Machine.monotonicMilliseconds()
            let timeout = deadline.map { Int32(clamping: max(0, $0 - now + 1)) } ?? -1
            // In bounds: the array's own start and count.
            let count = unsafe poll(&entries, nfds_t(entries.count), timeout)
            if count < 0, errno != EINTR { return }

            guard let responses = mailbox.take() else { return }
            for (number, response) in responses { connections[number]?.answer(response) }
            for (index, number) in numbers.enumerated() where entries[index + 2].revents != 0 {
                serve(number, entries[index + 2].revents, deliver)
            }
            let later = Machine.monotonicMilliseconds()
            for (number, connection) in connections where connection.isOver(now: later) {
                connections[number] = nil
            }
            if accepts, entries[1].revents != 0, !accept(listener, user) {
                // Without descriptors the listener stays readable: nobody is served any faster by asking again at once.
                Machine.sleep(milliseconds: 50)
            }
        }
    }

    private func serve(_ number: UInt64, _ events: Int16, _ deliver: (Received) -> Bool) {
        guard let connection = connections[number], let request = connection.advance(events) else { return }
        guard !deliver(Received(connection: number, request: request)) else { return }
        connection.answer(.failed(AttachmentError(.tryAgainLater, "the daemon has too much to do: try again")))
    }

    /// Takes the connections that wait.
    ///
    /// - Returns: Whether there was one.
    private func accept(_ listener: Int32, _ user: uid_t) -> Bool {
        let before = lastNumber
        while connections.count < Self.connectionLimit, let socket = UnixSocket.accept(listener) {
            let peer = UnixSocket.peerUser(socket.number)
            let connection = ControlConnection(socket)
            if peer != 0, peer != user {
                connection.refuse(AttachmentError(.refused, "this socket is for root alone"))
            }
            lastNumber += 1
            connections[lastNumber] = connection
        }
        return lastNumber != before
    }
}
