import CLinux
import Glibc

/// A server of one thread that says who answers and who asked: HTTP/1.1 and plain TCP on the same ports, and UDP.
///
/// A connection whose first bytes are no HTTP gets one line and then what it sends. At most 1,024 are held.
struct EchoServer {
    private struct Connection {
        var descriptor: Int32
        var parties: EchoAnswer.Parties
        var input: [UInt8] = []
        var output: [UInt8] = []
        var isHTTP: Bool?
        var isEnding = false
    }

    private static let connectionLimit = 1_024
    /// Bytes that a connection may leave unread before no more is read of it.
    private static let outputLimit = 1 << 20

    private let signals: Int32
    private let options: EchoOptions
    private let hostName: String
    private var listeners: [Int32] = []
    private var packets: [Int32] = []
    private var connections: [Connection] = []
    /// When it ends; nil while nobody asked it to.
    private var end: Int64?

    init(_ options: EchoOptions, signals: Int32) throws(LauncherError) {
        self.options = options
        self.signals = signals
        var name = [CChar](repeating: 0, count: 65)
        // In bounds: the array's own start, and less than its size, so that it stays terminated.
        _ = unsafe gethostname(&name, 64)
        hostName = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        for port in options.ports {
            listeners.append(try SocketAddress.bind(port: port, type: Int32(SOCK_STREAM.rawValue)))
            packets.append(try SocketAddress.bind(port: port, type: Int32(SOCK_DGRAM.rawValue)))
        }
        let ports = options.ports.map(String.init).joined(separator: ", ")
        SmallFiles.writeAll(Array("listening on TCP and UDP \(ports)\n".utf8), to: 1)
    }

    /// Answers until SIGTERM or SIGINT, and then for as long as it is to drain.
    mutating func run() {
        while true {
            var waits = [pollfd(fd: signals, events: Int16(POLLIN), revents: 0)]
            let accepts = connections.count < Self.connectionLimit
            for listener in listeners {
                waits.append(pollfd(fd: accepts ? listener : -1, events: Int16(POLLIN), revents: 0))
            }
            for socket in packets { waits.append(pollfd(fd: socket, events: Int16(POLLIN), revents: 0)) }
            for connection in connections {
                var events = connection.output.isEmpty ? 0 : Int16(POLLOUT)
                if !connection.isEnding, connection.output.count < Self.outputLimit { events |= Int16(POLLIN) }
                waits.append(pollfd(fd: connection.descriptor, events: events, revents: 0))
            }
            var patience: Int32 = -1
            if let end {
                let left = end - Self.milliseconds()
                if left <= 0 { return }
                patience = Int32(clamping: left)
            }
            // In bounds: the array's own start and count.
            _ = unsafe poll(&waits, nfds_t(waits.count), patience)
            while true {
                let number = clinux_next_signal(signals)
                guard number > 0 else { break }
                if number == SIGTERM || number == SIGINT, end == nil {
                    end = Self.milliseconds() + Int64(options.drainSeconds) * 1000
                }
            }
            let connectionStart = 1 + listeners.count + packets.count
            for index in packets.indices where waits[1 + listeners.count + index].revents != 0 {
                answerPacket(packets[index])
            }
            for index in connections.indices where waits[connectionStart + index].revents != 0 {
                serve(&connections[index])
            }
            connections.removeAll { $0.descriptor < 0 }
            for index in listeners.indices where waits[1 + index].revents != 0 { accept(listeners[index]) }
        }
    }

    private mutating func accept(_ listener: Int32) {
        var peer = SocketAddress()
        let descriptor = peer.accept(listener)
        guard descriptor >= 0 else { return }
        _ = clinux_set_nonblocking(descriptor)
        let parties = EchoAnswer.Parties(
            hostName: hostName,
            local: SocketAddress.local(of: descriptor).text,
            client: peer.text
        )
        connections.append(Connection(descriptor: descriptor, parties: parties))
    }

    private func answerPacket(_ socket: Int32) {
        var peer = SocketAddress()
        guard let payload = peer.receive(socket) else { return }
        let parties = EchoAnswer.Parties(
            hostName: hostName,
            local: SocketAddress.local(of: socket).text,
            client: peer.text
        )
        peer.send(Array(parties.line.utf8) + payload, socket)
    }

    private func serve(_ connection: inout Connection) {
        var chunk = [UInt8](repeating: 0, count: 16_384)
        if !connection.isEnding, connection.output.count < Self.outputLimit {
            // In bounds: the array's own start and size.
            let count = unsafe chunk.withUnsafeMutableBytes {
                unsafe read(connection.descriptor, $0.baseAddress, $0.count)
            }
            if count > 0 {
                connection.input += chunk[..<count]
                answer(&connection)
            } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
                connection.isEnding = true
            }
        }
        while !connection.output.isEmpty {
            // In bounds: the array's own start and size. A reader that is gone is no signal.
            let count = unsafe connection.output.withUnsafeBytes {
                unsafe send(connection.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EAGAIN || errno == EINTR { return }
            guard count > 0 else {
                connection.output = []
                connection.isEnding = true
                break
            }
            connection.output.removeFirst(count)
        }
        if connection.isEnding {
            close(connection.descriptor)
            connection.descriptor = -1
        }
    }

    private func answer(_ connection: inout Connection) {
        if connection.isHTTP == nil {
            connection.isHTTP = EchoAnswer.isHTTP(connection.input)
            if connection.isHTTP == false { connection.output += Array(connection.parties.line.utf8) }
        }
        switch connection.isHTTP {
        case nil:
            return
        case false:
            connection.output += connection.input
            connection.input = []
        case true:
            while !connection.isEnding,
                let response = EchoAnswer.response(
                    to: connection.input,
                    connection.parties,
                    closing: end != nil
                )
            {
                connection.output += response.bytes
                connection.input.removeFirst(response.consumed)
                connection.isEnding = response.closes
            }
        }
    }

    private static func milliseconds() -> Int64 {
        var time = timespec()
        // In bounds: the call writes the one structure.
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
