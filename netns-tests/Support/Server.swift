import Addressing
import Glibc
import Netlink

/// Answers every client on one port of a host with the host's name and the client's address, until released.
///
/// TCP: one line, then the connection is closed. UDP: one datagram for each that comes.
final class Server: Sendable {
    private let socket: TestSocket
    private let stop: WakeEvent
    /// The port it listens on: the one asked for, or the kernel's choice for 0.
    let port: UInt16

    /// Starts to answer; the port is bound when this returns.
    init(on host: Host, _ transport: TransportProtocol, port: UInt16, family: IPFamily) throws(NetlinkError) {
        let socket = try TestSocket(transport, family, in: host.namespace)
        try socket.bind(port: port)
        if transport == .tcp { try socket.listen() }
        self.socket = socket
        self.port = try socket.localPort()
        let stop = try WakeEvent()
        self.stop = stop
        let name = host.name
        let worker = ServerWorker()
        // Ends when the server is released; nobody waits for it.
        Task { await worker.serve(socket, transport, name: name, until: stop) }
    }

    deinit {
        stop.signal()
    }
}

/// The thread of one server.
private actor ServerWorker {
    private let executor = ThreadExecutor(name: "server")

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func serve(_ socket: TestSocket, _ transport: TransportProtocol, name: String, until stop: WakeEvent) {
        while stop.wait(with: socket.fileDescriptor) {
            if transport == .udp {
                guard let (_, client) = try? socket.receive() else { continue }
                try? socket.send("\(name) \(client.text)", to: client)
            } else {
                guard let (connection, client) = try? socket.accept() else { continue }
                try? connection.send("\(name) \(client.text)", to: nil)
            }
        }
    }
}

extension WakeEvent {
    /// Waits until the descriptor can be read (true) or the event is signalled (false).
    fileprivate func wait(with descriptor: Int32) -> Bool {
        var entries = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: fileDescriptor, events: Int16(POLLIN), revents: 0),
        ]
        while poll(&entries, 2, -1) < 0, errno == EINTR {}
        return entries[1].revents == 0
    }
}
