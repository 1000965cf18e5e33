import Glibc
import Netlink

/// What somebody would set up by hand with `ip`, `bridge` and `wg` so that pods on two hosts reach each other: the floor
/// that the overlay is measured against. Same kind of namespaces, routes and settings.
struct HandMadeOverlay {
    let hosts: OverlayHosts
    /// wireguard-go of each host.
    private var programs: [BackgroundProgram] = []

    /// The address of a pod.
    static func pod(_ index: Int) -> String { "10.80.\(index).2" }

    /// A VXLAN device without learning on each host, with a route, a permanent neighbour and a forwarding entry.
    ///
    /// - Parameter masquerades: What pods send out of the cluster gets the host's address.
    init(vxlanOf mtu: Int, masquerades: Bool = false) throws {
        hosts = try OverlayHosts(count: 2)
        for (index, host) in hosts.hosts.enumerated() {
            let other = 1 - index
            try host.ip([
                """
                link add vx0 address \(Self.linkAddress(index)) type vxlan id 42 dstport 6784 \
                local \(OverlayHosts.address(index)) nolearning udpcsum df set
                """,
                "link set vx0 up",
                "address add 10.80.\(index).0/32 dev vx0",
                "neighbour add 10.80.\(other).0 lladdr \(Self.linkAddress(other)) dev vx0 nud permanent",
                "route add 10.80.\(other).0/24 via 10.80.\(other).0 dev vx0 onlink mtu lock \(mtu)",
            ])
            let entry = ["add", Self.linkAddress(other), "dev", "vx0", "dst", OverlayHosts.address(other)]
            try Program.run(["bridge", "fdb"] + entry, in: host.namespace)
            if masquerades { try Self.masquerade(host) }
            try attachPod(index, mtu: mtu)
        }
    }

    /// A wireguard-go on each host, that has the other one as its peer.
    ///
    /// - Parameter masquerades: What pods send out of the cluster gets the host's address.
    init(wireGuardOf mtu: Int, masquerades: Bool = false, firstDevice: Int = 0) throws {
        hosts = try OverlayHosts(count: 2)
        let folder = try TemporaryFolder()
        var keys: [String] = []
        for (index, host) in hosts.hosts.enumerated() {
            let key = try Program.run(["wg", "genkey"], in: host.namespace)
            let file = folder.path("key\(index)")
            let descriptor = open(file, O_WRONLY | O_CREAT, 0o600)
            defer { close(descriptor) }
            guard write(descriptor, key, key.utf8.count) == key.utf8.count else {
                throw Program.Failure(command: "write \(file)", status: errno, output: "")
            }
            let text = try Program.run(["wg", "pubkey"], input: Array(key.utf8), in: host.namespace)
            keys.append(text.split(whereSeparator: \.isWhitespace).joined())
            // In a session of its own, as ours is: the scheduler shares the processors out among sessions.
            let program = ["setsid", "wireguard-go", "-f", Self.device(firstDevice + index)]
            programs.append(try BackgroundProgram(program, in: host.namespace))
        }
        for (index, host) in hosts.hosts.enumerated() {
            let (device, other) = (Self.device(firstDevice + index), 1 - index)
            let set = [
                "wg", "set", device, "private-key", folder.path("key\(index)"), "listen-port", "6783",
                "peer", keys[other], "allowed-ips", "10.80.\(other).0/24",
                "endpoint", "\(OverlayHosts.address(other)):6783",
            ]
            try Self.retry { try Program.run(set, in: host.namespace) }
            try host.ip([
                "link set \(device) mtu \(mtu) up", "address add 10.80.\(index).0/32 dev \(device)",
                "route add 10.80.\(other).0/24 dev \(device) mtu lock \(mtu)",
            ])
            if masquerades { try Self.masquerade(host) }
            try attachPod(index, mtu: mtu)
        }
    }

    /// From one pod to the other.
    func traffic() throws -> PodTraffic { try PodTraffic(from: hosts.pods[0], to: hosts.pods[1], at: Self.pod(1)) }

    /// The one rule that somebody would write so that pods reach the world.
    private static func masquerade(_ host: Laboratory) throws {
        let table = """
            table ip hand {
              chain out {
                type nat hook postrouting priority srcnat;
                ip saddr 10.80.0.0/16 ip daddr != 10.80.0.0/16 masquerade fully-random
              }
            }

            """
        try Program.run(["nft", "-f", "-"], input: Array(table.utf8), in: host.namespace)
    }

    private static func device(_ host: Int) -> String { "th\(getpid() % 1_000_000)-\(host)" }

    private static func linkAddress(_ host: Int) -> String { "02:00:00:00:00:0\(host)" }

    /// wireguard-go takes a moment until it listens.
    private static func retry(_ body: () throws -> String) throws {
        for _ in 0..<100 {
            if (try? body()) != nil { return }
            usleep(20_000)
        }
        _ = try body()
    }

    /// A veth pair and the routes for it.
    private func attachPod(_ index: Int, mtu: Int) throws {
        let (host, pod) = (hosts.hosts[index], hosts.pods[index])
        try Program.run(["sysctl", "-q", "-w", "net.ipv4.ip_forward=1"], in: host.namespace)
        try host.ip([
            """
            link add pod address 02:00:00:00:01:0\(index) mtu \(mtu) type veth \
            peer name eth0 address 02:00:00:00:02:0\(index) mtu \(mtu) netns \(pod.path)
            """,
            "link set pod up", "route add \(Self.pod(index))/32 dev pod",
            "neighbour add \(Self.pod(index)) lladdr 02:00:00:00:02:0\(index) dev pod nud permanent",
        ])
        try pod.ip([
            "link set lo up", "link set eth0 up", "address add \(Self.pod(index))/32 dev eth0",
            "route add 169.254.1.1 dev eth0 scope link",
            "neighbour add 169.254.1.1 lladdr 02:00:00:00:01:0\(index) dev eth0 nud permanent",
            "route add default via 169.254.1.1",
        ])
    }
}
