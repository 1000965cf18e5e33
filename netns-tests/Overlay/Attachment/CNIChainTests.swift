import Addressing
import Glibc
import JSON
import Netlink
import Testing

@testable import Attachment

/// Debian's plug-ins after ours, as in a list of plug-ins.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason), .enabled(if: access("/usr/lib/cni/portmap", X_OK) == 0))
struct CNIChainTests {
    private let folder = "/usr/lib/cni"

    /// One plug-in of a list: its name, and what the runtime and the administrator add to its configuration.
    private struct Plugin {
        let name: String
        let more: String
    }

    /// Calls the plug-ins one after the other, each with the result of the one before; the last result.
    private func call(
        _ command: String,
        _ container: Host,
        on bed: AttachmentBed,
        _ version: String,
        _ plugins: [Plugin],
        previous: String? = nil
    ) async throws -> String {
        var result = previous
        for plugin in command == "ADD" ? plugins : plugins.reversed() {
            let passed = result.map { ",\"prevResult\":\($0)" } ?? ""
            let outcome = try await bed.plugin(
                command,
                container,
                bed.configuration(version, type: plugin.name, more: plugin.more + passed),
                program: plugin.name == "trama-cni" ? nil : "\(folder)/\(plugin.name)"
            )
            try #require(outcome.status == 0, "\(command) of \(plugin.name): \(outcome.output)")
            if command == "ADD" { result = outcome.output }
        }
        return result ?? ""
    }

    @Test(arguments: ["0.4.0", "1.0.0"])
    func `portmap, bandwidth and tuning work after ours`(version: String) async throws {
        let bed = try await AttachmentBed.make()
        let (a, client) = (try await Host.make("a"), try await Host.make("client"))
        try await Host.join(bed.host, "uplink", client, "eth0")
        try await bed.host.addAddress("192.0.2.1/24", to: "uplink")
        try await client.addAddress("192.0.2.2/24", to: "eth0")
        let ports = #"[{"hostPort":8080,"containerPort":80,"protocol":"tcp"}]"#
        let plugins = [
            Plugin(name: "trama-cni", more: ""),
            Plugin(
                name: "portmap",
                more: #","capabilities":{"portMappings":true},"runtimeConfig":{"portMappings":\#(ports)}"#
            ),
            Plugin(
                name: "bandwidth",
                more: #","ingressRate":80000000,"ingressBurst":800000,"egressRate":80000000,"egressBurst":800000"#
            ),
            Plugin(name: "tuning", more: #","sysctl":{"net.ipv4.conf.eth0.log_martians":"1"},"mtu":1400"#),
        ]
        let result = try await call("ADD", a, on: bed, version, plugins)
        #expect(result.contains("10.32.1.1/32"))
        #expect(try await a.network.link(named: "eth0")?.mtu == 1400)
        #expect(try await bed.host.reaches("10.32.1.1"))
        #expect(try Sysctl.read(path: "net/ipv4/conf/eth0/log_martians", in: a.namespace) == "1")
        let shaping = try await bed.host.run("tc", "qdisc", "show")
        #expect(shaping.contains("tbf"))

        let server = try ChildProcess(["socat", "TCP-LISTEN:80,fork,reuseaddr", "SYSTEM:echo hello"], in: a.namespace)
        defer { server.signal(SIGKILL) }
        try await eventually("an answer through the host's port") {
            let answer = try? await client.run("socat", "-T5", "STDIO", "TCP:192.0.2.1:8080,connect-timeout=5")
            return answer?.contains("hello") == true
        }

        // But for portmap 1.1.1, which looks for IPv4's rules in ip6tables too (after `ptp` as well).
        let checkable = plugins.filter { $0.name != "portmap" }
        _ = try await call("CHECK", a, on: bed, version, checkable, previous: result)
        _ = try await call("DEL", a, on: bed, version, plugins, previous: result)
        #expect(try await a.network.link(named: "eth0") == nil)
        let rules = try await bed.host.run("iptables-save")
        #expect(!rules.contains("10.32.1.1"), "\(rules)")
    }
}
