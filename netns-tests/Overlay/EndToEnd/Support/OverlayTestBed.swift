import Glibc
import Netlink
import Synchronization

/// Hosts on an underlay with a router between them, each with the program and its own folders, and one token.
struct OverlayTestBed: Sendable {
    let lab: Lab
    let hosts: [OverlayHost]

    /// Makes the hosts; nothing runs on them yet.
    init(hosts count: Int = 2) async throws {
        let names = (1...count).map { "host\($0)" }
        let lab = try await Lab(hosts: names)
        self.lab = lab
        let token = try TokenFile()
        _ = try await TramaProgram.run("overlay", "token", "--file", token.path, on: lab.router)
        hosts = try names.enumerated().map { offset, name in
            try OverlayHost(number: offset + 1, host: lab[name], token: token)
        }
    }

    subscript(_ index: Int) -> OverlayHost { hosts[index] }

    /// Starts the daemon on every host; each is told of the first one.
    func launch(_ arguments: String...) async throws {
        for host in hosts { try host.launch(arguments + ["--initial-peers", "\(hosts.count)", hosts[0].address]) }
        for host in hosts { try await host.waitUntilReady() }
    }
}

/// The cluster's token, in a folder that goes with the last host.
final class TokenFile: Sendable {
    private let folder: TemporaryFolder
    var path: String { folder.path("token") }

    init() throws { folder = try TemporaryFolder() }
}

/// A host of the overlay.
final class OverlayHost: Sendable {
    let number: Int
    let host: Host
    let state: TemporaryFolder
    let token: TokenFile
    private let process = Mutex<ChildProcess?>(nil)

    /// The underlay address.
    var address: String { "10.0.\(number).2" }
    /// Named for this test's process, since every host's socket is in one folder of the machine.
    var wireGuardDevice: String { "tw\(getpid() % 100_000)-\(state.path.suffix(6))" }
    var socket: String { state.path("overlay.sock") }

    init(number: Int, host: Host, token: TokenFile) throws {
        self.number = number
        self.host = host
        self.token = token
        state = try TemporaryFolder()
    }

    /// What every command to the daemon needs.
    var socketArguments: [String] { ["--socket", socket] }

    /// Starts the daemon.
    func launch(_ arguments: [String] = []) throws {
        let standing = [
            "overlay", "launch", "--token-file", token.path, "--state-dir", state.path("state"), "--socket", socket,
            "--wireguard-device", wireGuardDevice, "--name", host.name, "-v4",
        ]
        let started = try TramaProgram.start(standing + arguments, on: host)
        process.withLock { $0 = started }
    }

    /// The running daemon.
    var daemon: ChildProcess {
        get throws {
            guard let daemon = process.withLock({ $0 }) else {
                throw NetlinkError(operation: "find the daemon of \(host.name)", errno: ESRCH)
            }
            return daemon
        }
    }

    /// Runs a command, and returns what it wrote.
    @discardableResult
    func trama(_ arguments: String...) async throws -> String {
        let (ending, text) = try await command(arguments)
        guard ending == .exited(0) else {
            throw NetlinkError(
                operation: "trama \(arguments.joined(separator: " ")): \(ending): \(text)\n\(try daemon.text.suffix(4_000))",
                errno: ECHILD
            )
        }
        return text
    }

    /// Runs a command, whatever comes of it.
    func command(_ arguments: [String]) async throws -> (ending: ChildProcess.Ending, text: String) {
        let process = try TramaProgram.start(arguments + socketArguments, on: host)
        let ending = try await process.end()
        return (ending, process.text)
    }

    /// Waits until the daemon has addresses to give.
    func waitUntilReady() async throws {
        let daemon = try daemon
        do {
            try await eventually("\(host.name) to be ready") {
                if let ending = daemon.ending {
                    throw NetlinkError(operation: "run \(host.name): \(ending): \(daemon.text)", errno: ECHILD)
                }
                return try await self.command(["overlay", "status"]).text.contains("Status: ready")
            }
        } catch is NeverHappened {
            let status = try await command(["overlay", "status"]).text
            throw NetlinkError(operation: "wait for \(host.name): \(status)\n\(daemon.text)", errno: ETIMEDOUT)
        }
    }

    /// Makes a pod: a namespace with a name, attached to the overlay.
    func pod(_ arguments: String...) async throws -> OverlayPod {
        let namespace = try await NamedNamespace()
        let text = try await {
            let (ending, text) = try await self.command(["attach", namespace.name] + arguments)
            guard ending == .exited(0) else {
                throw NetlinkError(operation: "attach: \(text)\n\(try self.daemon.text.suffix(4_000))", errno: ECHILD)
            }
            return text
        }()
        return OverlayPod(namespace: namespace, addresses: text.split(whereSeparator: \.isWhitespace).map(String.init))
    }
}

/// A pod: a namespace attached to the overlay.
final class OverlayPod: Sendable {
    let namespace: NamedNamespace
    /// Its addresses, IPv4 first.
    let addresses: [String]

    init(namespace: NamedNamespace, addresses: [String]) {
        self.namespace = namespace
        self.addresses = addresses
    }

    /// The address of that form.
    func address(isIPv6: Bool = false) throws -> String {
        guard let address = addresses.first(where: { $0.contains(":") == isIPv6 }) else {
            throw NetlinkError(operation: "find an address in \(addresses)", errno: EADDRNOTAVAIL)
        }
        return address
    }

    /// Runs a program in the pod.
    @discardableResult
    func run(_ arguments: String...) async throws -> String {
        try await Program.run(arguments, in: NetworkNamespace(name: namespace.name))
    }

    /// Whether a ping to that address is answered.
    func reaches(_ address: String) async -> Bool {
        (try? await run("ping", "-n", "-c", "1", "-W", "1", address)) != nil
    }

    /// Pings until one is answered.
    func waitUntilReaching(_ address: String, within limit: Duration = .seconds(20)) async throws {
        try await eventually("\(addresses) to reach \(address)", within: limit) { await self.reaches(address) }
    }
}
