import Netlink

/// Pod to pod between two hosts: ours, a VXLAN that is set up by hand, and a veth pair with no hosts between.
///
/// Both with masquerading of what leaves the cluster, which is our default, and without: with it the kernel tracks
/// connections, whichever rule it is, so like is compared with like.
struct OverlayPaths {
    var program: String
    var rounds: Int
    var seconds: Int

    func run() async throws {
        let folder = try TemporaryFolder()
        let daemons = try OverlayDaemons(OverlayHosts(count: 2), program: program, folder: folder)
        let ours = try await OverlayPair(daemons)
        let plainFolder = try TemporaryFolder()
        let plainDaemons = try OverlayDaemons(
            OverlayHosts(count: 2),
            program: program,
            folder: plainFolder,
            arguments: ["--no-masquerade"],
            firstDevice: 2
        )
        let plain = try await OverlayPair(plainDaemons)
        let byHand = try HandMadeOverlay(vxlanOf: ours.mtu)
        try await byHand.hosts.pods[0].waitUntilReaching(HandMadeOverlay.pod(1))
        let masquerading = try HandMadeOverlay(vxlanOf: ours.mtu, masquerades: true)
        try await masquerading.hosts.pods[0].waitUntilReaching(HandMadeOverlay.pod(1))
        let (client, server) = (try Laboratory(), try Laboratory())
        try client.ip([
            "link add eth0 mtu \(ours.mtu) type veth peer name eth0 mtu \(ours.mtu) netns \(server.path)",
            "link set lo up", "link set eth0 up", "address add 10.80.0.1/24 dev eth0",
        ])
        try server.ip(["link set lo up", "link set eth0 up", "address add 10.80.0.2/24 dev eth0"])
        let bare = try PodTraffic(from: client, to: server, at: "10.80.0.2")
        let floor = try byHand.traffic()
        let tracked = try masquerading.traffic()
        // Until the paths have settled.
        try await Task.sleep(for: .seconds(5))
        var comparison = PathComparison(
            ways: [
                .init("overlay", ours.traffic), .init("no masq.", plain.traffic), .init("by hand", floor),
                .init("hand, NAT", tracked), .init("veth", bare),
            ],
            ratios: [
                .init(title: "(a) --no-masquerade : by hand", way: 1, measure: 2),
                .init(title: "(b) overlay : by hand with one rule that masquerades", way: 0, measure: 3),
                .init(title: "(c) overlay : by hand", way: 0, measure: 2, isBound: false),
                .init(title: "by hand with one rule that masquerades : by hand", way: 3, measure: 2, isBound: false),
            ],
            rounds: rounds,
            seconds: seconds,
            datagram: ours.mtu - 28,
            bounds: [
                .tcpThroughput: 0.97, .udpThroughput: 0.97, .tcpRoundTrip: 1.03, .udpRoundTrip: 1.03,
                .connectRate: 0.97,
            ]
        )
        try await comparison.run("Pod to pod by VXLAN, MTU \(ours.mtu)")
    }
}

/// Pod to pod between two hosts, encrypted: ours, and wireguard-go that is set up by hand.
///
/// With and without masquerading, as ``OverlayPaths``.
struct OverlayEncrypted {
    var program: String
    var rounds: Int
    var seconds: Int

    func run() async throws {
        let folder = try TemporaryFolder()
        let arguments = ["--encryption", "require"]
        let daemons = try OverlayDaemons(OverlayHosts(count: 2), program: program, folder: folder, arguments: arguments)
        let ours = try await OverlayPair(daemons)
        let plainFolder = try TemporaryFolder()
        let plainDaemons = try OverlayDaemons(
            OverlayHosts(count: 2),
            program: program,
            folder: plainFolder,
            arguments: arguments + ["--no-masquerade"],
            firstDevice: 2
        )
        let plain = try await OverlayPair(plainDaemons)
        let byHand = try HandMadeOverlay(wireGuardOf: ours.mtu)
        try await byHand.hosts.pods[0].waitUntilReaching(HandMadeOverlay.pod(1))
        let masquerading = try HandMadeOverlay(wireGuardOf: ours.mtu, masquerades: true, firstDevice: 2)
        try await masquerading.hosts.pods[0].waitUntilReaching(HandMadeOverlay.pod(1))
        let floor = try byHand.traffic()
        let tracked = try masquerading.traffic()
        try await Task.sleep(for: .seconds(5))
        var comparison = PathComparison(
            ways: [
                .init("overlay", ours.traffic), .init("no masq.", plain.traffic), .init("by hand", floor),
                .init("hand, NAT", tracked),
            ],
            ratios: [
                .init(title: "(a) --no-masquerade : wireguard-go by hand", way: 1, measure: 2),
                .init(title: "(b) overlay : by hand with one rule that masquerades", way: 0, measure: 3),
                .init(title: "(c) overlay : wireguard-go by hand", way: 0, measure: 2, isBound: false),
                .init(title: "by hand with one rule that masquerades : by hand", way: 3, measure: 2, isBound: false),
            ],
            rounds: rounds,
            seconds: seconds,
            datagram: ours.mtu - 28,
            bounds: [.tcpThroughput: 0.95, .udpThroughput: 0.95, .tcpRoundTrip: 1.05, .udpRoundTrip: 1.05]
        )
        try await comparison.run("Pod to pod encrypted by wireguard-go, MTU \(ours.mtu)")
    }
}

/// The pods of two hosts of ours, once they reach each other.
private struct OverlayPair {
    let daemons: OverlayDaemons
    let traffic: PodTraffic
    /// The largest packet of pods, in bytes.
    let mtu: Int

    init(_ daemons: OverlayDaemons) async throws {
        self.daemons = daemons
        _ = try await daemons.attachPod(0)
        let address = try await daemons.attachPod(1)[0]
        let pods = daemons.hosts.pods
        try await pods[0].waitUntilReaching(address)
        traffic = try PodTraffic(from: pods[0], to: pods[1], at: address)
        // Worked out by now, but the interface may have been made a moment before.
        try await Task.sleep(for: .seconds(2))
        mtu = try Self.mtu(pods[0])
    }

    private static func mtu(_ pod: Laboratory) throws -> Int {
        let text = try Program.run(["ip", "-o", "link", "show", "eth0"], in: pod.namespace)
        let words = text.split(separator: " ")
        guard let name = words.firstIndex(of: "mtu"), name + 1 < words.count, let mtu = Int(words[name + 1]) else {
            throw Program.Failure(command: "ip link show eth0", status: 0, output: text)
        }
        return mtu
    }
}
