import Glibc
import NFTables
import Netlink

/// Three namespaces in a row over veth: a client, a node whose rules are measured, and a server that has every endpoint's
/// address.
final class Topology: Sendable {
    private let client: Laboratory
    private let node: Laboratory
    private let server: Laboratory
    /// The server's listening socket; owned.
    let listener: Int32

    init() throws {
        client = try Laboratory()
        node = try Laboratory()
        server = try Laboratory()
        let process = getpid()
        try Self.ip(
            [
                "link add client type veth peer name eth0 netns /proc/\(process)/fd/\(client.namespace.fileDescriptor)",
                "link add server type veth peer name eth0 netns /proc/\(process)/fd/\(server.namespace.fileDescriptor)",
                "link set lo up", "link set client up", "link set server up",
                "address add 192.0.2.1/30 dev client", "address add 192.0.2.5/30 dev server",
                "route add \(Workload.endpointPrefix) via 192.0.2.6",
            ],
            in: node
        )
        try Self.ip(
            [
                "link set lo up", "link set eth0 up", "address add 192.0.2.2/30 dev eth0",
                "route add default via 192.0.2.1",
            ],
            in: client
        )
        try Self.ip(
            [
                "link set lo up", "link set eth0 up", "address add 192.0.2.6/30 dev eth0",
                "route add default via 192.0.2.5",
                // Any address of the prefix is this machine's.
                "route add local \(Workload.endpointPrefix) dev lo",
            ],
            in: server
        )
        try Program.run(["sysctl", "-q", "-w", "net.ipv4.ip_forward=1"], in: node.namespace)
        listener = try server.namespace.enter { () throws(NetlinkError) in
            // Does not block: the acceptor may be told of one connection twice.
            let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue)
            let descriptor = socket(AF_INET, kind, 0)
            var address = sockaddr_in(port: Workload.targetPort, address: 0)
            let bound = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard bound == 0, listen(descriptor, 4096) == 0 else {
                throw NetlinkError(operation: "listen in the server's namespace", errno: errno)
            }
            return descriptor
        }
    }

    deinit { close(listener) }

    /// A connection to the node's nftables.
    func connection() throws -> NFTablesConnection { try node.connection() }

    /// Loads rules into the node.
    func load(_ text: String) throws {
        try Program.run(["nft", "-f", "-"], input: Array(text.utf8), in: node.namespace)
    }

    /// Connects to each address in turn, and adds the time from `connect` to its return.
    func connect(to addresses: [UInt32], port: UInt16, into samples: inout Samples) throws {
        try client.namespace.enter { () throws(NetlinkError) in
            for address in addresses {
                let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
                defer { close(descriptor) }
                // Reset at the end: otherwise ports wait in TIME_WAIT and run out.
                var option = linger(l_onoff: 1, l_linger: 0)
                setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
                var peer = sockaddr_in(port: port, address: address)
                let start = ContinuousClock.now
                let result = withUnsafePointer(to: &peer) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                    }
                }
                samples.append(.now - start)
                guard result == 0 else {
                    throw NetlinkError(operation: "connect through the node", errno: errno)
                }
            }
        }
    }

    private static func ip(_ commands: [String], in laboratory: Laboratory) throws {
        let input = commands.joined(separator: "\n") + "\n"
        try Program.run(["ip", "-batch", "-"], input: Array(input.utf8), in: laboratory.namespace)
    }
}

extension sockaddr_in {
    /// An IPv4 address, in host order, and a port.
    init(port: UInt16, address: UInt32) {
        self.init()
        sin_family = sa_family_t(AF_INET)
        sin_port = port.bigEndian
        sin_addr.s_addr = address.bigEndian
    }
}

/// Accepts and closes connections on a thread of its own.
actor Acceptor {
    private let executor = ThreadExecutor(name: "acceptor")
    private let listeners: [Int32]

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(_ listeners: [Int32]) { self.listeners = listeners }

    /// Goes on until the task is cancelled.
    func run() {
        var entries = listeners.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while !Task.isCancelled {
            guard poll(&entries, nfds_t(entries.count), 100) > 0 else { continue }
            for entry in entries where entry.revents != 0 {
                let descriptor = accept(entry.fd, nil, nil)
                if descriptor >= 0 { close(descriptor) }
            }
        }
    }
}
