import Glibc
import Netlink

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

    /// Starts a program in the pod.
    func start(_ arguments: String...) throws -> ChildProcess {
        try ChildProcess(arguments, in: NetworkNamespace(name: namespace.name))
    }

    /// Pings an address 100 times a second until it is told to stop.
    func ping(_ address: String, pattern: String? = nil) throws -> OverlayPing {
        OverlayPing(
            process: try ChildProcess(
                ["ping", "-n", "-i", "0.01"] + (pattern.map { ["-p", $0] } ?? []) + [address],
                in: NetworkNamespace(name: namespace.name)
            )
        )
    }

    /// Bytes that its interface has received.
    func receivedBytes() async throws -> Int {
        let line = try await run("cat", "/proc/net/dev").split(separator: "\n").first { $0.contains("eth0:") }
        return line?.split(separator: ":").last?.split(separator: " ").first.flatMap { Int($0) } ?? 0
    }

    /// Runs a program in the pod.
    @discardableResult
    func run(_ arguments: String...) async throws -> String {
        try await Program.run(arguments, in: NetworkNamespace(name: namespace.name))
    }

    /// Whether a ping to that address is answered.
    ///
    /// - Parameter patience: Within so many seconds: few where it is asked again and again, more for a single answer.
    func reaches(_ address: String, patience: String = "0.3") async -> Bool {
        (try? await run("ping", "-n", "-c", "1", "-W", patience, address)) != nil
    }

    /// Pings until one is answered.
    func waitUntilReaching(_ address: String, within limit: Duration = .seconds(60)) async throws {
        try await eventually("\(addresses) to reach \(address)", within: limit) { await self.reaches(address) }
    }
}

/// A stream of pings.
struct OverlayPing {
    let process: ChildProcess

    /// Ends it, and returns what became of the pings.
    func stop() async throws -> Outcome {
        let last = answered.max()
        // Those by another way may come later than some that were sent after them.
        try await Task.sleep(for: .seconds(1))
        process.signal(SIGINT)
        try await process.end()
        guard let last else {
            throw NetlinkError(operation: "ping: \(process.text)", errno: ETIMEDOUT)
        }
        return Outcome(sent: last, lost: Set(1...last).subtracting(answered).sorted())
    }

    /// The numbers of those that were answered so far.
    private var answered: [Int] {
        // 64 bytes from 10.32.0.1: icmp_seq=7 ttl=62 time=0.1 ms
        process.lines(with: [" bytes from ", "icmp_seq="]).compactMap { line in
            line.split(separator: " ").first { $0.hasPrefix("icmp_seq=") }.flatMap { Int($0.dropFirst(9)) }
        }
    }

    struct Outcome {
        /// How many there were up to the last that counts: those after it may be on their way.
        let sent: Int
        /// The numbers of those that were not answered, from 1.
        let lost: [Int]
    }
}
