import Glibc
import Netlink
import Testing

/// `trama network`: bridged networks across hosts.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayNetworkTests {
    /// A namespace in a network, and its addresses.
    private static func member(_ network: String, of host: OverlayHost, _ arguments: String...) async throws
        -> OverlayPod
    {
        let namespace = try await NamedNamespace()
        let (ending, text) = try await host.command(["network", "join", network, namespace.name] + arguments)
        guard ending == .exited(0) else {
            throw NetlinkError(operation: "join: \(text)\n\(try host.daemon.text)", errno: ECHILD)
        }
        return OverlayPod(namespace: namespace, addresses: text.split(separator: "\n").map(String.init))
    }

    /// Which MAC addresses a namespace has heard from whom.
    private static func neighbours(_ pod: OverlayPod) async throws -> String { try await pod.run("ip", "neighbour") }

    @Test(arguments: ["off", "require"])
    func `networks carry broadcast and multicast across hosts, and are isolated`(encryption: String) async throws {
        let bed = try await OverlayTestBed()
        try await bed.launch("--encryption", encryption)
        let (one, two) = (bed[0], bed[1])
        try await one.trama(
            "network",
            "create",
            "blue",
            "--cidr",
            "10.50.0.0/16",
            "--cidr",
            "fd50::/64",
            "--vni",
            "500"
        )
        try await two.trama("network", "create", "green", "--cidr", "10.60.0.0/24")
        for host in bed.hosts {
            try await eventually("both networks on \(host.host.name)") {
                let list = try await host.trama("network", "ls")
                return list.contains("blue\t500\t10.50.0.0/16,fd50::/64\t") && list.contains("green\t")
            }
        }
        let blue = try await (Self.member("blue", of: one), Self.member("blue", of: two, "--interface", "net0"))
        let green = try await (Self.member("green", of: one), Self.member("green", of: two))
        let pods = try await bed.pods()
        #expect(blue.0.addresses.count == 2 && blue.0.addresses[0].hasPrefix("10.50."))
        #expect(Set(blue.0.addresses).isDisjoint(with: blue.1.addresses))
        // ARP and neighbour discovery are broadcast and multicast.
        for isIPv6 in [false, true] { try await blue.0.waitUntilReaching(blue.1.address(isIPv6: isIPv6)) }
        try await green.0.waitUntilReaching(green.1.address())
        // Multicast: all hosts of the link answer, if they are told to.
        _ = try await blue.1.run("sysctl", "-qw", "net.ipv4.icmp_echo_ignore_broadcasts=0")
        try await eventually("an answer to multicast") {
            let text = try? await blue.0.run("ping", "-n", "-c", "1", "-W", "2", "-I", "blue", "224.0.0.1")
            return try text?.contains("from \(blue.1.address())") == true
        }

        // From one network to another, and to and from pods, there is no way, whatever routes somebody adds.
        _ = try await green.0.run("ip", "route", "add", "default", "dev", "green")
        _ = try await blue.0.run("ip", "route", "add", "10.32.0.0/12", "dev", "blue")
        for address in try [blue.0.address(), blue.1.address(), pods[0].address(), pods[1].address()] {
            #expect(await !green.0.reaches(address), "\(address)")
        }
        #expect(try await !blue.0.reaches(pods[0].address()))
        for address in try [blue.0.address(), blue.1.address(), green.0.address(), green.1.address()] {
            #expect(await !pods[0].reaches(address), "\(address)")
        }
        #expect(try await !Self.neighbours(green.1).contains(blue.0.address()))

        // Names and members are told.
        try await two.waitForStatus("summary", has: "blue (VNI 500)", "green (VNI")
        #expect(try await one.trama("network", "ls").contains("blue\t500\t10.50.0.0/16,fd50::/64\thost1,host2\n"))
        let inUse = try await one.refusal("network", "rm", "blue")
        #expect(inUse.contains("in use on") && inUse.contains("host2"), "\(inUse)")
        try await one.trama("network", "leave", "blue", blue.0.namespace.name)
        try await two.trama("network", "leave", "blue", blue.1.namespace.name, "--interface", "net0")
        await #expect(throws: (any Error).self) { try await blue.0.run("ip", "link", "show", "blue") }
        try await eventually("nobody in blue") { try await one.trama("network", "ls").contains("fd50::/64\t\n") }
        try await one.trama("network", "rm", "blue")
        try await eventually("blue to be gone on the other host") {
            try await !two.trama("network", "ls").contains("blue")
        }
        for host in bed.hosts {
            try await eventually("the bridge of blue to be gone") {
                try await !host.host.run("ip", "link").contains("tb-500")
            }
            try await host.waitForStatus("summary", has: "Status: ready", without: ["Problem"])
        }
        try await green.0.waitUntilReaching(green.1.address())
    }

    @Test func `a network outlives the restart of the host that made it, and nobody gets an address twice`()
        async throws
    {
        let bed = try await OverlayTestBed()
        try await bed.launch()
        let (one, two) = (bed[0], bed[1])
        try await one.trama("network", "create", "blue", "--cidr", "10.50.0.0/28")
        var members = [try await Self.member("blue", of: one)]
        try await one.end(by: SIGKILL)
        try one.launch(["--initial-peers", "2", one.address])
        try await one.waitUntilReady()
        // Space of the network is the first host's, which is in it already.
        try await eventually("blue on the second host") { try await two.trama("network", "ls").contains("blue") }
        for _ in 0..<3 { members.append(try await Self.member("blue", of: two)) }
        for _ in 0..<3 { members.append(try await Self.member("blue", of: one)) }
        #expect(Set(members.flatMap(\.addresses)).count == members.count, "\(members.map(\.addresses))")
        for member in members.dropFirst() { try await members[0].waitUntilReaching(member.address()) }

        // The host that made it leaves it, and still answers who wants to join.
        for member in members { _ = try? await one.trama("network", "leave", "blue", member.namespace.name) }
        for member in members { _ = try? await two.trama("network", "leave", "blue", member.namespace.name) }
        try await one.end(by: SIGTERM)
        try one.launch(["--initial-peers", "2", one.address])
        try await one.waitUntilReady()
        let late = try await Self.member("blue", of: two)
        #expect(late.addresses.count == 1)
    }

    @Test func `what cannot be a network is refused in words`() async throws {
        let bed = try await OverlayTestBed(hosts: 1)
        try await bed.launch()
        let host = bed[0]
        try await host.trama("network", "create", "blue", "--cidr", "10.50.0.0/16", "--vni", "500")
        // The same once more is the same.
        try await host.trama("network", "create", "blue", "--cidr", "10.50.0.0/16", "--vni", "500")
        for (arguments, reason) in [
            (["blue", "--cidr", "10.51.0.0/16"], "there is a network \"blue\" already"),
            (["Blue", "--cidr", "10.51.0.0/16"], "lower-case"),
            (["green", "--cidr", "10.50.1.0/24"], "overlaps 10.50.0.0/16 of network \"blue\""),
            (["green", "--cidr", "10.40.0.0/16"], "overlaps the pods' range 10.32.0.0/12"),
            (["green", "--cidr", "10.0.1.0/24"], "holds this host's own address 10.0.1.2"),
            (["green", "--cidr", "10.51.0.0/16", "--vni", "500"], "--vni 500: is in use"),
            (["green", "--cidr", "10.51.0.0/16", "--vni", "6784"], "--vni 6784: is in use"),
            (["green", "--cidr", "10.51.0.0/16", "--vni", "16777216"], "--vni 16777216: must be"),
            (["green", "--cidr", "10.51.0.0/32"], "room for hosts"),
            (["green", "--cidr", "10.51.0.0/24", "--cidr", "10.52.0.0/24"], "two ranges"),
        ] {
            let (ending, text) = try await host.command(["network", "create"] + arguments)
            #expect(ending == .exited(1) && text.contains(reason), "\(arguments): \(text)")
        }
        #expect(
            try await host.refusal("network", "create", "green", "--cidr", "10.51.0.1/16", status: 64).contains(
                "prefix"
            )
        )
        #expect(try await host.refusal("network", "create", "green", status: 64).contains("--cidr"))
        let namespace = try await NamedNamespace()
        #expect(
            try await host.refusal("network", "join", "red", namespace.name).contains("there is no network \"red\"")
        )
        #expect(try await host.refusal("network", "rm", "red").contains("there is no such network"))
        let elsewhere = try await host.refusal("network", "join", "blue", namespace.name, "10.51.0.5")
        #expect(elsewhere.contains("10.51.0.5 is not this host's to give"), "\(elsewhere)")
        // It was joined for nobody.
        try await eventually("nobody in blue") { try await host.trama("network", "ls").contains("10.50.0.0/16\t\n") }
        try await host.trama("network", "rm", "blue")
        #expect(try await host.trama("network", "ls").isEmpty)
    }
}
