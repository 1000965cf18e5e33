import Addressing
import Glibc
import Netlink

/// Echo servers of many hosts on one thread: each request is answered with the host's name and the source that it saw.
///
/// TCP connections stay open until the client closes them, one answer per request.
final class EchoServers: Sendable {
    /// Where one server listens.
    struct Listener: Sendable {
        let host: Host
        let transport: TransportProtocol
        let family: IPFamily
        let port: UInt16
    }

    /// Closed by `deinit`, which ends the thread.
    private let stopWriter: Int32

    /// Opens every socket, then begins to answer.
    init(_ listeners: [Listener]) throws(NetlinkError) {
        var entries: [EchoWorker.Entry] = []
        for listener in listeners {
            let socket = try TestSocket(listener.transport, listener.family, in: listener.host.namespace)
            try socket.bind(port: listener.port)
            if listener.transport != .udp { try socket.listen() }
            entries.append(EchoWorker.Entry(socket: socket, name: listener.host.name, client: nil))
        }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw NetlinkError(operation: "make a pipe", errno: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        stopWriter = ends[1]
        let worker = EchoWorker()
        let (reader, initial) = (ends[0], entries)
        // Ends when the servers are released; nobody waits for it.
        Task { await worker.serve(initial, until: reader) }
    }

    deinit {
        close(stopWriter)
    }
}

/// The thread of the servers.
private actor EchoWorker {
    /// A socket to read from.
    struct Entry: Sendable {
        let socket: TestSocket
        let name: String
        /// The other end of a connection; nil for a socket that takes requests of anybody.
        let client: SocketAddress?
    }

    private let executor = ThreadExecutor(name: "echo")

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func serve(_ initial: [Entry], until stop: Int32) {
        var entries = initial
        defer { close(stop) }
        while true {
            var polled = entries.map { pollfd(fd: $0.socket.fileDescriptor, events: Int16(POLLIN), revents: 0) }
            polled.append(pollfd(fd: stop, events: Int16(POLLIN), revents: 0))
            let count = poll(&polled, nfds_t(polled.count), -1)
            guard count >= 0 || errno == EINTR else { return }
            guard count >= 0 else { continue }
            guard polled[entries.count].revents == 0 else { return }
            var closed: Set<Int> = []
            for index in entries.indices where polled[index].revents != 0 {
                let entry = entries[index]
                if let client = entry.client {
                    if !answer(entry, client) { closed.insert(index) }
                } else if entry.socket.transport == .udp {
                    guard let (_, client) = try? entry.socket.receive() else { continue }
                    try? entry.socket.send("\(entry.name) \(client.text)", to: client)
                } else if let (connection, client) = try? entry.socket.accept() {
                    entries.append(Entry(socket: connection, name: entry.name, client: client))
                }
            }
            if !closed.isEmpty { entries = entries.indices.filter { !closed.contains($0) }.map { entries[$0] } }
        }
    }

    /// Answers one request of a connection; false where it is over.
    private func answer(_ entry: Entry, _ client: SocketAddress) -> Bool {
        guard let (request, _) = try? entry.socket.receive(), !request.isEmpty else { return false }
        return (try? entry.socket.send("\(entry.name) \(client.text)", to: nil)) != nil
    }
}
