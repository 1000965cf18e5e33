import Glibc
import Netlink

/// Hosts on one underlay, each with one pod, for a kind of overlay to be made between them.
///
/// Two hosts are joined by a veth pair, more by a bridge. Everything is in namespaces without names.
final class OverlayHosts: Sendable {
    let hosts: [Laboratory]
    let pods: [Laboratory]
    private let bridge: Laboratory

    init(count: Int) throws {
        hosts = try (0..<count).map { _ in try Laboratory() }
        pods = try (0..<count).map { _ in try Laboratory() }
        bridge = try Laboratory()
        if count == 2 {
            try hosts[0].ip(["link add eth0 type veth peer name eth0 netns \(hosts[1].path)"])
        } else {
            try bridge.ip(["link add br0 type bridge", "link set br0 up"])
            for (index, host) in hosts.enumerated() {
                try bridge.ip([
                    "link add host\(index) type veth peer name eth0 netns \(host.path)",
                    "link set host\(index) master br0 up",
                ])
            }
        }
        for (index, host) in hosts.enumerated() {
            try host.ip([
                "link set lo up", "link set eth0 up", "address add \(Self.address(index))/24 dev eth0",
            ])
        }
    }

    /// The underlay address of a host.
    static func address(_ host: Int) -> String { "10.9.0.\(host + 1)" }
}

extension Laboratory {
    /// Where other programs find the namespace, as long as this value lives.
    var path: String { "/proc/\(getpid())/fd/\(namespace.fileDescriptor)" }

    /// Runs `ip` with these commands.
    func ip(_ commands: [String]) throws {
        let input = commands.joined(separator: "\n") + "\n"
        try Program.run(["ip", "-batch", "-"], input: Array(input.utf8), in: namespace)
    }

    /// Whether a ping is answered.
    func reaches(_ address: String, within seconds: String = "0.2") -> Bool {
        (try? Program.run(["ping", "-n", "-c", "1", "-W", seconds, address], in: namespace)) != nil
    }

    /// Waits until a ping is answered.
    func waitUntilReaching(_ address: String, within limit: Duration = .seconds(30)) async throws {
        try await eventually("a ping to \(address)", within: limit, every: .milliseconds(10)) { self.reaches(address) }
    }
}
