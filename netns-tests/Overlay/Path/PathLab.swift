import Addressing
import Netlink
import OverlayCore
import PathProbing

/// Hosts behind a router, each with a VXLAN device and a ``Prober`` that runs while the test does.
///
/// Host number N (from 1) has 10.0.N.2, identity N. `trama.wg` is a veth pair that stands in for WireGuard between the
/// first two hosts: probes need its addresses and its way only.
struct PathLab {
    let lab: Lab
    let probers: [Prober]

    /// The name of host number N.
    private static let names = ["a", "b", "c"]
    static let vxlanPort = 6784

    /// Builds the lab and runs `body` while the probers run.
    static func run(
        hosts count: Int = 2,
        hasWireGuard: Bool = false,
        timing: PathTiming = PathTiming(),
        _ body: (PathLab) async throws -> Void
    ) async throws {
        let lab = count == 2 ? try await Lab(hosts: "a", "b") : try await Lab(hosts: "a", "b", "c")
        for number in 1...count { try await makeVXLAN(on: lab.hosts[number - 1], number, of: count) }
        if hasWireGuard { try await makeWireGuard(lab.hosts[0], lab.hosts[1]) }
        var probers: [Prober] = []
        for number in 1...count {
            let configuration = PathConfiguration(
                own: id(number),
                tunnelEndpoint: endpoint(number),
                hasWireGuard: hasWireGuard,
                timing: timing
            )
            probers.append(
                try Prober(
                    configuration: configuration,
                    devices: .init(vxlan: "trama.vxlan", wireGuard: hasWireGuard ? "trama.wg" : nil),
                    in: lab.hosts[number - 1].namespace.duplicate()
                )
            )
        }
        let records = (1...count).map { record($0, hasWireGuard: hasWireGuard) }
        try await withThrowingTaskGroup { group in
            for prober in probers {
                prober.update(peers: Dictionary(uniqueKeysWithValues: records.map { ($0.id, $0) }))
                group.addTask { await prober.run() }
            }
            defer { group.cancelAll() }
            try await body(PathLab(lab: lab, probers: probers))
        }
    }

    static func id(_ number: Int) -> PeerID { PeerID(high: UInt64(number), low: 0) }

    static func endpoint(_ number: Int) -> IPAddress { .v4(0x0a00_0002 + UInt32(number) << 8) }

    static func record(_ number: Int, hasWireGuard: Bool) -> PeerRecord {
        PeerRecord(
            id: id(number),
            name: names[number - 1],
            endpoints: [endpoint(number)],
            wireGuardKey: hasWireGuard ? [UInt8](repeating: UInt8(number), count: 32) : []
        )
    }

    /// Makes the VXLAN device with a forwarding entry for each other host.
    static func makeVXLAN(on host: Host, _ number: Int, of count: Int) async throws {
        try await host.run(
            "ip",
            "link",
            "add",
            "trama.vxlan",
            "address",
            text(id(number).tunnelLinkAddress),
            "mtu",
            "1450",
            "type",
            "vxlan",
            "id",
            "6784",
            "dstport",
            "\(vxlanPort)",
            "local",
            "\(endpoint(number))",
            "nolearning",
            "df",
            "set",
            "udpcsum"
        )
        try await host.run("ip", "link", "set", "trama.vxlan", "up")
        for other in 1...count where other != number {
            let address = text(id(other).tunnelLinkAddress)
            try await host.run(
                "bridge",
                "fdb",
                "append",
                address,
                "dev",
                "trama.vxlan",
                "dst",
                "\(endpoint(other))",
                "self",
                "permanent"
            )
        }
    }

    private static func makeWireGuard(_ first: Host, _ second: Host) async throws {
        try await Host.join(first, "trama.wg", second, "trama.wg")
        try await first.run("ip", "link", "set", "trama.wg", "mtu", "1440")
        try await second.run("ip", "link", "set", "trama.wg", "mtu", "1440")
        try await first.addAddress("\(id(1).wireGuardAddress)/64", to: "trama.wg")
        try await second.addAddress("\(id(2).wireGuardAddress)/64", to: "trama.wg")
    }

    private static func text(_ address: [UInt8]) -> String {
        address.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }

    // MARK: What tests ask

    func status(_ from: Int, _ to: Int) -> PathStatus? { probers[from - 1].status(of: Self.id(to)) }
    func route(_ from: Int, _ to: Int) -> PeerRoute? { probers[from - 1].routes[Self.id(to)] }

    /// Waits until both of two hosts see the path so.
    func eventuallyBoth(_ what: String, _ first: Int = 1, _ second: Int = 2, _ isSo: (PathStatus) -> Bool) async throws
    {
        try await eventually(
            "\(what): \(String(describing: status(first, second))), \(String(describing: status(second, first)))",
            within: .seconds(60)
        ) {
            status(first, second).map(isSo) == true && status(second, first).map(isSo) == true
        }
    }

    /// Loads rules into the router's table `t`, whose forward chain they are; replaces those from before.
    func filter(_ rules: String, output: String = "") async throws {
        try await lab.router.run(
            "nft",
            "-f",
            "-",
            input: """
                table inet t
                delete table inet t
                table inet t {
                    chain forward {
                        type filter hook forward priority 0;
                        \(rules)
                    }
                    chain output {
                        type filter hook output priority 0;
                        \(output)
                    }
                }
                """
        )
    }
}
