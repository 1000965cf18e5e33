import Addressing
import NFTables
import Netlink
import ServiceRouting
import Testing

/// A node for a real proxy to work on, with a client and two backends around it, and a folder of manifests.
///
/// `client` is 10.0.1.2 and fd00:1::2, `one` 10.0.2.2 and fd00:2::2, `two` 10.0.3.2 and fd00:3::2; the backends answer on
/// port 8080, TCP and UDP. The node's default route leads to the client, so that 10.0.1.1 is its primary address.
final class ProxyTestBed {
    static let nodeName = "node-1"
    static let one = "10.0.2.2"
    static let two = "10.0.3.2"

    let lab: Lab
    let folder: TemporaryFolder
    let probe = FlowProbe()
    /// The node's nftables, on a socket of its own.
    let nftables: NFTablesConnection
    private let servers: EchoServers
    /// What was started, to run at least as long as this object.
    private var programs: [ChildProcess] = []

    var node: Host { lab.router }
    var client: Host { lab["client"] }

    init() async throws {
        _ = try TramaProgram.path()
        lab = try await Lab(hosts: "client", "one", "two")
        folder = try TemporaryFolder()
        try await lab.router.addRoute(to: "0.0.0.0/0", via: "10.0.1.2")
        try await lab.router.addRoute(to: "::/0", via: "fd00:1::2")
        // Refusals are ICMP errors, of which the kernel sends one client a few per second.
        try lab.router.sysctl("net/ipv4/icmp_ratemask", "0")
        let backends = [lab["one"], lab["two"]]
        servers = try EchoServers(
            backends.flatMap { host in
                [TransportProtocol.tcp, .udp].flatMap { transport in
                    IPFamily.allCases.map {
                        EchoServers.Listener(host: host, transport: transport, family: $0, port: 8080)
                    }
                }
            }
        )
        nftables = try NFTablesConnection(in: lab.router.namespace)
    }

    /// Starts the proxy on the folder and waits until it serves.
    @discardableResult
    func start(_ arguments: String...) async throws -> ChildProcess {
        try await start(arguments)
    }

    /// Starts the proxy on the folder and waits until it serves.
    func start(_ arguments: [String]) async throws -> ChildProcess {
        let proxy = try launch(arguments)
        try await proxy.served()
        return proxy
    }

    /// Starts the proxy on the folder.
    func launch(_ arguments: [String] = []) throws -> ChildProcess {
        try launch(exactly: ["proxy", "--manifests", folder.path, "--hostname-override", Self.nodeName] + arguments)
    }

    /// Starts `trama` with exactly these arguments.
    func launch(exactly arguments: [String]) throws -> ChildProcess {
        let program = try TramaProgram.start(arguments, on: node)
        programs.append(program)
        return program
    }

    /// A frontend, by its address in text.
    static func frontend(_ address: String, _ port: UInt16 = 80, _ transport: TransportProtocol = .tcp) -> Frontend {
        guard let address = IPAddress(address) else { preconditionFailure("\(address) is no address") }
        return Frontend(address: address, protocol: transport, port: port)
    }

    /// What became of one new flow from the client.
    func flow(
        _ address: String,
        _ port: UInt16 = 80,
        _ transport: TransportProtocol = .tcp,
        timeout: Duration = FlowProbe.patience
    ) async -> FlowOutcome {
        await probe.flow(from: client, to: Self.frontend(address, port, transport), timeout: timeout)
    }

    /// Waits until new flows from the client are answered by exactly these hosts; none means refused.
    func expect(_ servers: Set<String>, at address: String, _ port: UInt16 = 80) async throws {
        try await eventually("flows to \(address):\(port) to end at \(servers)") { () -> Bool in
            var seen: Set<String> = []
            for _ in 0..<(servers.count > 1 ? 12 : 1) {
                switch await flow(address, port, timeout: .milliseconds(1500)) {
                case .answered(let server, _): seen.insert(server)
                case .refused where servers.isEmpty: break
                default: return false
                }
            }
            return seen == servers
        }
    }

    /// What `nft list ruleset` prints on the node; it must print whatever the proxy wrote.
    func listing() async throws -> String { try await node.run("nft", "-n", "list", "ruleset") }

    /// Asks one of the proxy's HTTP servers, from the node itself.
    func get(_ path: String, port: UInt16 = 10249, at address: String = "127.0.0.1") async throws -> HTTPAnswer {
        guard let address = IPAddress(address) else { preconditionFailure("\(address) is no address") }
        return try await HTTPAnswer.get(path, from: SocketAddress(address, port), on: node)
    }

    /// The value of one of the proxy's metrics; 0 where it is not there.
    func metric(_ name: String, _ labels: String...) async throws -> Double {
        let body = try await get("/metrics").body
        return body.split(separator: "\n")
            .filter { line in
                guard line.hasPrefix(name), let next = line.dropFirst(name.count).first else { return false }
                return (next == "{" || next == " ") && labels.allSatisfy { line.contains($0) }
            }
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
            .reduce(0, +)
    }
}
