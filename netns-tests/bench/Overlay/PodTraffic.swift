import Glibc
import Netlink

/// Two pods and the way between them, on which traffic is measured.
struct PodTraffic {
    let client: Laboratory
    let server: Laboratory
    /// The server's IPv4 address.
    let address: String
    private let answerer: Answerer
    private let iperf: BackgroundProgram

    private static let echoPort: UInt16 = 7000
    private static let acceptPort: UInt16 = 7001

    /// Starts what answers in the server's pod. It must have its address already.
    init(from client: Laboratory, to server: Laboratory, at address: String) throws {
        self.client = client
        self.server = server
        self.address = address
        iperf = try BackgroundProgram(["iperf3", "-s"], in: server.namespace)
        answerer = try Answerer(in: server, echoPort: Self.echoPort, acceptPort: Self.acceptPort)
    }

    /// Answers until the task is cancelled.
    func answer() async { await answerer.run() }

    /// What arrives of bulk data, in megabits per second.
    ///
    /// - Parameter datagram: Send datagrams of so many bytes as fast as possible; nil for a TCP connection.
    func throughput(seconds: Int, datagram: Int? = nil) throws -> Double {
        // Both on one processor: what is measured is the work of a packet, and not who sleeps where.
        let processors = "\(Processor.common),\(Processor.common)"
        var arguments = ["iperf3", "-c", address, "-t", "\(seconds)", "-f", "m", "-A", processors]
        if let datagram {
            arguments += ["-u", "-b", "0", "-l", "\(datagram)"]
        } else {
            arguments += ["-C", "cubic"]
        }
        let text = try Program.run(arguments, in: client.namespace)
        // [  5]   0.00-2.00   sec  3.18 GBytes  13654 Mbits/sec                  receiver
        let words = text.split(separator: "\n").last { $0.hasSuffix("receiver") }?.split(separator: " ") ?? []
        guard let unit = words.firstIndex(of: "Mbits/sec"), unit > 0, let value = Double(words[unit - 1]) else {
            throw Program.Failure(command: arguments.joined(separator: " "), status: 0, output: text)
        }
        return value
    }

    /// How long one byte there and back takes, over one connection or between two sockets.
    func roundTrips(_ count: Int, overUDP: Bool = false) throws -> Samples {
        var samples = Samples()
        try Processor.on(Processor.common) {
            try client.namespace.enter { () throws(NetlinkError) in
                let descriptor = try ClientSocket(overUDP ? SOCK_DGRAM : SOCK_STREAM)
                try descriptor.connect(address, port: Self.echoPort)
                // Not those of the first moment.
                for _ in 0..<20 { try descriptor.exchange() }
                for _ in 0..<count {
                    try measure(into: &samples) { () throws(NetlinkError) in try descriptor.exchange() }
                }
            }
        }
        return samples
    }

    /// How many TCP connections are made in a second, one after the other: by the median time of one.
    func connectRate(_ count: Int) throws -> Double {
        var samples = Samples()
        try Processor.on(Processor.common) {
            try client.namespace.enter { () throws(NetlinkError) in
                for _ in 0..<count {
                    try measure(into: &samples) { () throws(NetlinkError) in
                        let descriptor = try ClientSocket(SOCK_STREAM)
                        try descriptor.connect(address, port: Self.acceptPort)
                    }
                }
            }
        }
        return 1000 / samples.median
    }
}

/// Has a TCP socket use cubic, whatever the machine's default is; for others this does nothing.
private func useCubic(_ descriptor: Int32) {
    let name = Array("cubic".utf8)
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_CONGESTION, name, socklen_t(name.count))
}

/// A socket of the calling thread's namespace that blocks; closed with this value.
private struct ClientSocket: ~Copyable {
    private let descriptor: Int32

    init(_ type: __socket_type) throws(NetlinkError) {
        descriptor = socket(AF_INET, Int32(type.rawValue), 0)
        guard descriptor >= 0 else { throw NetlinkError(operation: "open a socket", errno: errno) }
        // Reset at the end: otherwise ports wait in TIME_WAIT and run out.
        var end = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &end, socklen_t(MemoryLayout<linger>.size))
        useCubic(descriptor)
        var (on, wait) = (Int32(1), timeval(tv_sec: 2, tv_usec: 0))
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    func connect(_ address: String, port: UInt16) throws(NetlinkError) {
        var peer = sockaddr_in()
        peer.sin_family = sa_family_t(AF_INET)
        peer.sin_port = port.bigEndian
        inet_pton(AF_INET, address, &peer.sin_addr)
        let result = withUnsafePointer(to: &peer) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw NetlinkError(operation: "connect to \(address)", errno: errno) }
    }

    /// Sends a byte, and waits for one.
    func exchange() throws(NetlinkError) {
        var byte: UInt8 = 1
        guard send(descriptor, &byte, 1, Int32(MSG_NOSIGNAL)) == 1, recv(descriptor, &byte, 1, 0) == 1 else {
            throw NetlinkError(operation: "exchange a byte", errno: errno)
        }
    }
}

/// Sends back what comes over TCP and UDP, and accepts and closes connections, on a thread of its own.
private actor Answerer {
    private let executor = ThreadExecutor(name: "answerer")
    private let stream: Int32
    private let datagrams: Int32
    private let acceptor: Int32

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(in server: Laboratory, echoPort: UInt16, acceptPort: UInt16) throws {
        let sockets = try server.namespace.enter { () throws(NetlinkError) -> [Int32] in
            [
                try Self.open(SOCK_STREAM, echoPort), try Self.open(SOCK_DGRAM, echoPort),
                try Self.open(SOCK_STREAM, acceptPort),
            ]
        }
        (stream, datagrams, acceptor) = (sockets[0], sockets[1], sockets[2])
    }

    deinit {
        for descriptor in [stream, datagrams, acceptor] { close(descriptor) }
    }

    private static func open(_ type: __socket_type, _ port: UInt16) throws(NetlinkError) -> Int32 {
        let descriptor = socket(AF_INET, Int32(type.rawValue | SOCK_NONBLOCK.rawValue), 0)
        // Connections have what their listener has.
        if type == SOCK_STREAM { useCubic(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0, type == SOCK_DGRAM || listen(descriptor, 1024) == 0 else {
            throw NetlinkError(operation: "listen on port \(port)", errno: errno)
        }
        return descriptor
    }

    /// Goes on until the task is cancelled.
    func run() {
        try? Processor.pin("\(Processor.common)")
        var entries = [stream, datagrams, acceptor].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        defer { for entry in entries.dropFirst(3) { close(entry.fd) } }
        while !Task.isCancelled {
            guard poll(&entries, nfds_t(entries.count), 100) > 0 else { continue }
            for entry in entries where entry.revents != 0 {
                switch entry.fd {
                case stream:
                    let descriptor = accept(stream, nil, nil)
                    guard descriptor >= 0 else { continue }
                    var on: Int32 = 1
                    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
                    entries.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
                case acceptor:
                    let descriptor = accept(acceptor, nil, nil)
                    if descriptor >= 0 { close(descriptor) }
                case datagrams: Self.sendBack(datagrams)
                case let connection:
                    var buffer: (UInt64, UInt64) = (0, 0)
                    let count = recv(connection, &buffer, 16, Int32(MSG_DONTWAIT))
                    if count > 0 {
                        send(connection, &buffer, count, Int32(MSG_NOSIGNAL))
                    } else {
                        close(connection)
                        entries.removeAll { $0.fd == connection }
                    }
                }
            }
        }
    }

    private static func sendBack(_ descriptor: Int32) {
        var sender = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        var buffer: (UInt64, UInt64) = (0, 0)
        withUnsafeMutablePointer(to: &sender) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                let count = recvfrom(descriptor, &buffer, 16, 0, address, &size)
                if count > 0 { sendto(descriptor, &buffer, count, 0, address, size) }
            }
        }
    }
}
