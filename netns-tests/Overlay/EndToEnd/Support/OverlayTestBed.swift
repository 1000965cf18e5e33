import Addressing
import Glibc
import Netlink
import Synchronization

/// Hosts on an underlay with a router between them, each with the program and its own folders, and one token.
struct OverlayTestBed: Sendable {
    let lab: Lab
    let hosts: [OverlayHost]
    /// Given back with the last copy of the bed.
    private let place: OverlayTestPlace

    /// Makes the hosts; nothing runs on them yet.
    ///
    /// - Parameter family: Of the underlay: the hosts have no addresses of the other one.
    init(hosts count: Int = 2, underlay family: IPFamily = .ipv4) async throws {
        place = await OverlayTestPlace.take()
        let names = (1...count).map { "host\($0)" }
        let lab = try await Lab(hosts: names)
        self.lab = lab
        for host in lab.hosts {
            try await host.run(
                "ip",
                family == .ipv4 ? "-6" : "-4",
                "address",
                "flush",
                "dev",
                "eth0",
                "scope",
                "global"
            )
            // As on any machine: what the overlay makes must be usable at once all the same.
            try host.sysctl("net/ipv6/conf/default/accept_dad", "1")
        }
        let token = try TokenFile()
        _ = try await TramaProgram.run("overlay", "token", "--file", token.path, on: lab.router)
        hosts = try names.enumerated().map { offset, name in
            try OverlayHost(number: offset + 1, host: lab[name], underlay: family, token: token)
        }
    }

    subscript(_ index: Int) -> OverlayHost { hosts[index] }

    /// Starts the daemon on every host; each is told of one of them.
    ///
    /// - Parameter target: The number of that one, from 1.
    func launch(_ arguments: String..., target: Int = 1) async throws {
        try start(arguments, target: target)
        for host in hosts { try await host.waitUntilReady() }
    }

    /// Starts the daemon on every host, and does not wait.
    func start(_ arguments: [String] = [], target: Int = 1) throws {
        for host in hosts {
            try host.launch(arguments + ["--initial-peers", "\(hosts.count)", hosts[target - 1].address])
        }
    }

    /// A pod on each host, in order.
    func pods() async throws -> [OverlayPod] {
        var pods: [OverlayPod] = []
        for host in hosts { pods.append(try await host.pod()) }
        return pods
    }

    /// Waits until every host's path to every other one is such.
    func waitForPaths(_ words: String..., within limit: Duration = .seconds(60)) async throws {
        for host in hosts {
            for other in hosts where other.number != host.number {
                try await host.waitForPath(to: other, words, within: limit)
            }
        }
    }

    /// Gives the router a table of its own with rules for what it forwards; it is in the place of the one before.
    func filter(_ rules: String...) async throws {
        let chain = "chain forward { type filter hook forward priority 0; \(rules.map { "\($0);" }.joined()) }"
        _ = try await lab.router.run(
            "nft",
            "-f",
            "-",
            input: "table inet test {}\ndelete table inet test\ntable inet test {\n\(chain)\n}\n"
        )
    }

    /// Takes the rules of ``filter(_:)`` away.
    func unfilter() async throws { try await lab.router.run("nft", "delete", "table", "inet", "test") }
}

/// Leave to have a test bed: only so many at a time, since each is several daemons, and times are told by the clock.
///
/// A test has one bed: with more, tests could wait for each other.
final class OverlayTestPlace: Sendable {
    private static let limit = 4
    private static let state = Mutex((taken: 0, line: [CheckedContinuation<Void, Never>]()))

    private init() {}

    static func take() async -> OverlayTestPlace {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.taken == limit else {
                    state.taken += 1
                    return true
                }
                state.line.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
        return OverlayTestPlace()
    }

    deinit {
        // The place goes to the next in line, or is free.
        let next = Self.state.withLock { state in
            if state.line.isEmpty { state.taken -= 1 }
            return state.line.isEmpty ? nil : state.line.removeFirst()
        }
        next?.resume()
    }
}

/// The cluster's token, in a folder that goes with the last host.
final class TokenFile: Sendable {
    private let folder: TemporaryFolder
    var path: String { folder.path("token") }

    init() throws { folder = try TemporaryFolder() }
}

/// A host of the overlay; its daemon and its `wireguard-go` end with this object.
final class OverlayHost: Sendable {
    let number: Int
    let host: Host
    let underlay: IPFamily
    let state: TemporaryFolder
    let token: TokenFile
    /// Unique on the machine, since all share one folder of sockets.
    let wireGuardDevice = WireGuardHost.makeDeviceName()
    private let process = Mutex<ChildProcess?>(nil)

    /// The underlay address.
    var address: String { underlay == .ipv4 ? "10.0.\(number).2" : "fd00:\(number)::2" }
    var socket: String { state.path("overlay.sock") }

    init(number: Int, host: Host, underlay: IPFamily, token: TokenFile) throws {
        self.number = number
        self.host = host
        self.underlay = underlay
        self.token = token
        state = try TemporaryFolder()
    }

    deinit {
        process.withLock { $0?.signal(SIGKILL) }
        WireGuardHost.end(wireGuardDevice)
    }

    /// What every command to the daemon needs.
    var socketArguments: [String] { ["--socket", socket] }

    /// What a daemon has to do without.
    enum Lack { case nothing, wireGuard, rawSockets }

    /// Starts the daemon.
    func launch(_ arguments: [String] = [], lacking lack: Lack = .nothing) throws {
        let standing = [
            "overlay", "launch", "--token-file", token.path, "--state-dir", state.path("state"), "--socket", socket,
            "--wireguard-device", wireGuardDevice, "--name", host.name, "-v4",
        ]
        let started = try TramaProgram.start(
            standing + arguments,
            on: host,
            by: lack == .rawSockets ? ["/usr/bin/setpriv", "--bounding-set", "-net_raw"] : [],
            variables: lack == .wireGuard ? ["PATH=/nonexistent"] : []
        )
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
                operation:
                    "trama \(arguments.joined(separator: " ")): \(ending): \(text)\n\(try daemon.text.suffix(4_000))",
                errno: ECHILD
            )
        }
        return text
    }

    /// Runs a command, whatever comes of it.
    func command(_ arguments: [String]) async throws -> (ending: ChildProcess.Ending, text: String) {
        let process = try TramaProgram.start(arguments + socketArguments, on: host)
        // A daemon may take most of a minute to hand its addresses on.
        let ending = try await process.end(within: .seconds(60))
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
                if try await self.command(["overlay", "status"]).text.contains("Status: ready") { return true }
                // Asking takes from the time of those that are waited for.
                try await Task.sleep(for: .milliseconds(50))
                return false
            }
        } catch is NeverHappened {
            let status = try await command(["overlay", "status"]).text
            throw NetlinkError(operation: "wait for \(host.name): \(status)\n\(daemon.text)", errno: ETIMEDOUT)
        }
    }

    /// Ends the daemon with a signal, and waits for its end.
    @discardableResult
    func end(by signal: Int32) async throws -> ChildProcess.Ending {
        try daemon.signal(signal)
        return try await daemon.end()
    }

    /// A page of `trama overlay status`.
    func status(_ page: String = "summary") async throws -> String { try await trama("overlay", "status", page) }

    /// How the path to another host is: `established unencrypted vxlan mtu=1440 rtt=300us (all sizes pass)`.
    func path(to other: OverlayHost) async throws -> String {
        let lines = try await status("peers").split(separator: "\n")
        guard let index = lines.firstIndex(where: { $0.hasSuffix("(\(other.host.name))") }), index + 1 < lines.count
        else {
            return "no such peer"
        }
        return lines[index + 1].split(separator: " ").dropFirst().joined(separator: " ")
    }

    /// Waits until the path to another host has all of those words in its line.
    func waitForPath(to other: OverlayHost, _ words: [String], within limit: Duration = .seconds(60)) async throws {
        var last = ""
        do {
            try await eventually("a path", within: limit) {
                last = try await self.path(to: other)
                if words.allSatisfy({ last.contains($0) }) { return true }
                try await Task.sleep(for: .milliseconds(200))
                return false
            }
        } catch is NeverHappened {
            throw NetlinkError(
                operation: "wait until the path of \(host.name) to \(other.host.name) is \(words); it is \(last)",
                errno: ETIMEDOUT
            )
        }
    }

    /// A line of the summary, by its label.
    func summary(_ label: String) async throws -> String? {
        try await status().split(separator: "\n").compactMap { line in
            let fields = line.split(separator: ":", maxSplits: 1).map { $0.trimming(while: " ") }
            return fields.count == 2 && fields[0] == label ? fields[1] : nil
        }.first
    }

    /// What the kernel has of the overlay: all that a daemon that ends and begins again must leave as it is.
    func kernel() async throws -> String {
        // With handles, which differ where something was made anew.
        try await run(
            "ip link",
            "ip -4 route show table all",
            "ip -6 route show table all",
            "bridge fdb",
            "ip neighbour show nud permanent",
            "nft -a -s list ruleset"
        )
    }

    /// Runs programs on the host, one after the other, each given with its arguments in one line.
    @discardableResult
    func run(_ commands: String...) async throws -> String {
        var text = ""
        for command in commands {
            let words = command.split(separator: " ").map { String($0) }
            text += try await Program.run(words, in: host.namespace.duplicate())
        }
        return text
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

extension Substring {
    /// Without these at both ends.
    fileprivate func trimming(while character: Character) -> String {
        var text = drop { $0 == character }
        while text.last == character { text.removeLast() }
        return String(text)
    }
}
