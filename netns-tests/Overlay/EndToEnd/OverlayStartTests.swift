import Addressing
import Glibc
import Netlink
import Testing

/// What keeps a daemon from starting, and that nothing else is disturbed then.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayStartTests {
    @Test func `a range that this host has something of is refused before anything is touched`() async throws {
        let bed = try await OverlayTestBed(hosts: 1)
        let host = bed[0]
        try await host.host.addRoute(to: "10.40.0.0/16", via: "10.0.1.1")
        let before = try await host.kernelState()
        let address = try await host.failedLaunch("--range", "10.0.0.0/12")
        #expect(address.contains("--range 10.0.0.0/12: overlaps the address 10.0.1.2/24 of eth0"), "\(address)")
        let route = try await host.failedLaunch("--range", "10.32.0.0/12")
        #expect(route.contains("overlaps the route to 10.40.0.0/16 by eth0"), "\(route)")
        #expect(try await host.kernelState() == before)
        // A route to a supernet is how a site is laid out.
        try host.launch(["--range", "10.40.128.0/20", "--ipam-seed", "host1"])
        try await host.waitUntilReady()
    }

    @Test func `a second daemon on a host is refused, and the first one goes on`() async throws {
        let bed = try await OverlayTestBed(hosts: 1)
        let first = bed[0]
        try await bed.launch()
        let pod = try await first.pod()
        let before = try await first.kernelState()
        let second = try OverlayHost(number: 2, host: first.host, underlay: .ipv4, token: first.token)
        // All its own, and the host is not.
        let refusal = try await second.failedLaunch(
            "--port",
            "7783",
            "--http-address",
            "127.0.0.1:7784",
            "--vxlan-device",
            "other",
            "--range",
            "10.80.0.0/16"
        )
        #expect(refusal.contains("another overlay daemon runs in this network namespace"), "\(refusal)")
        #expect(try await first.kernelState() == before)
        #expect(try await first.status().contains("Status: ready"))
        #expect(try await first.host.reaches(pod.address()))
    }

    @Test func `a state folder or a socket in use is refused, and its holder is named`() async throws {
        let bed = try await OverlayTestBed()
        try bed[0].launch(["--ipam-seed", "host1"])
        try await bed[0].waitUntilReady()
        let before = try await bed[1].kernelState()
        let folder = try await bed[1].failedLaunch("--state-dir", bed[0].stateFolder)
        #expect(
            folder.contains("\(bed[0].stateFolder) is in use by the process \(try bed[0].daemon.processID)"),
            "\(folder)"
        )
        let socket = try await bed[1].failedLaunch("--socket", bed[0].socket)
        #expect(socket.contains("another daemon listens on \(bed[0].socket)"), "\(socket)")
        #expect(try await bed[1].kernelState() == before)
        #expect(try await bed[0].status().contains("Status: ready"))
    }

    @Test(arguments: [
        (TransportProtocol.tcp, UInt16(6783), "the mesh"), (.tcp, 6784, "status pages"), (.udp, 6784, "VXLAN"),
        (.udp, 6783, "the encrypted path"),
    ])
    func `a port in use is refused before anything is touched`(
        transport: TransportProtocol,
        port: UInt16,
        purpose: String
    ) async throws {
        let bed = try await OverlayTestBed(hosts: 1)
        let socket = try TestSocket(transport, .ipv4, in: bed[0].host.namespace)
        try socket.bind(port: port)
        if transport == .tcp { try socket.listen() }
        let before = try await bed[0].kernelState()
        let said = try await bed[0].failedLaunch()
        #expect(said.contains("\(transport) ") && said.contains(":\(port), for \(purpose), is in use"), "\(said)")
        #expect(try await bed[0].kernelState() == before)
        // The daemon's own devices have its ports after a restart.
        withExtendedLifetime(socket) {}
    }

    @Test func `arguments that make no sense end with status 64 and name the flag`() async throws {
        let host = try await Host.make("host")
        for (arguments, reason) in [
            (["--range", "10.32.0.0/33"], "--range"), (["--range", "10.32.0.1/12"], "10.32.0.0/12"),
            (["--range", "224.0.0.0/8"], "unicast"),
            (["--range", "10.0.0.0/12", "--range", "10.32.0.0/12"], "two ranges"),
            (["--block-length", "8"], "--block-length 8"), (["--block-length-v6", "40"], "--block-length 40"),
            (["--ipam-seed", ""], "--ipam-seed"), (["--ipam-seed", "a", "--initial-peers", "1"], "give one of them"),
            (["--initial-peers", "0"], "--initial-peers 0"), (["--encryption", "yes"], "require, prefer or off"),
            (["--direct", "--encryption", "require"], "--direct"), (["--mtu", "100"], "--mtu 100"),
            (["--mtu", "1000"], "IPv6 needs 1280"), (["--vni", "0"], "--vni 0"),
            (["--endpoint", "host"], "--endpoint"),
            (["--endpoint", "127.0.0.1"], "--endpoint 127.0.0.1"), (["--port", "65535"], "--port 65535"),
            (["--port", "0"], "--port 0"), (["--http-address", "6784"], "--http-address"),
            (["--vxlan-device", "a/b"], "--vxlan-device"), (["--wireguard-device", "trama.vxlan"], "already"),
            (["--logging-format", "xml"], "text or json"), (["--membership-provider", "etcd"], "mesh or kubernetes"),
            (["--name", "a b"], "--name"), (["--cluster", ""], "--cluster"), (["host:99999"], "host:99999"),
            (["--nothing"], "--nothing"),
        ] {
            let process = try TramaProgram.start(["overlay", "launch"] + arguments, on: host)
            #expect(try await process.end() == .exited(64), "\(arguments): \(process.text)")
            #expect(process.text.contains(reason), "\(arguments): \(process.text)")
        }
    }

    @Test func `commands without a daemon say how to start one`() async throws {
        let bed = try await OverlayTestBed(hosts: 1)
        for command in [
            ["overlay", "status"], ["overlay", "report"], ["overlay", "connect", "a"], ["overlay", "rmpeer", "a"],
            ["attach", "x"], ["expose"], ["network", "ls"],
        ] {
            let (ending, text) = try await bed[0].command(command)
            #expect(ending == .exited(1))
            #expect(text.contains("does not run") && text.contains("trama overlay launch"), "\(text)")
        }
    }

    @Test func `folders that are missing are made`() async throws {
        let bed = try await OverlayTestBed(hosts: 1)
        try bed[0].launch(["--state-dir", bed[0].state.path("a/b/c"), "--initial-peers", "1"])
        try await bed[0].waitUntilReady()
        #expect(access(bed[0].state.path("a/b/c/identity"), F_OK) == 0)
    }
}
