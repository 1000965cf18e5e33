import Addressing
import KubernetesAPI
import NFTables
import Netlink
import ServiceDataplane
import ServiceRouting
import Testing

/// A node that serves Services, and those who talk to them and through them, each in a namespace of its own.
///
/// Around the node are `pod` (a client on the node), `local` (an endpoint on the node), `remote` (an endpoint on another
/// node), `client` (outside the cluster), and `internet`, where the node's default route leads and which answers whatever
/// comes out untranslated, on any address and port: a flow that should have been dropped is seen there.
final class ServiceTestBed {
    let lab: Lab
    let probe = FlowProbe()
    /// The node's nftables, on a socket of its own.
    let nftables: NFTablesConnection
    private(set) var routes: RoutingTable
    private var tables: [FamilyTable] = []
    /// What was made of the last change, one for each family.
    private(set) var reports: [FamilyTable.Report] = []
    private let servers: EchoServers

    var node: Host { lab.router }

    /// Which prefixes pods' addresses come from, several of each family: the hosts `pod` and `local`, and all of `remote`.
    static let podPrefixes = ["10.0.1.0/24", "10.0.2.0/23", "fd00:1::/64", "fd00:2::/64", "fd00:3::/64"]
        .compactMap { IPPrefix($0) }

    /// Builds the network and writes the tables, without any Service.
    ///
    /// - Parameters:
    ///   - detector: How the node tells pods.
    ///   - batchLimit: Most elements in one transaction.
    init(
        detector: PodDetector = .prefixes,
        masqueradeAll: Bool = false,
        families: [IPFamily] = IPFamily.allCases,
        batchLimit: Int = FamilyTable.defaultBatchLimit
    ) async throws {
        let lab = try await Lab(hosts: "pod", "local", "remote", "client", "internet")
        self.lab = lab
        let node = lab.router
        try await node.addRoute(to: "0.0.0.0/0", via: "10.0.5.2")
        try await node.addRoute(to: "::/0", via: "fd00:5::2")
        // Refusals are ICMP errors, of which the kernel sends one client a few per second, and all together 1,000.
        try node.sysctl("net/ipv4/icmp_ratemask", "0")
        try node.sysctl("net/ipv6/icmp/ratelimit", "0")
        // The latter is for the whole machine on older kernels, and then not to be touched from here.
        try? node.sysctl("net/ipv4/icmp_msgs_per_sec", "1000000")
        try? node.sysctl("net/ipv4/icmp_msgs_burst", "10000")
        try await lab["internet"].run("nft", "-f", "-", input: Self.catchAll)

        servers = try EchoServers(
            TestAddress.hosts.flatMap { name in
                [TransportProtocol.tcp, .udp].flatMap { transport in
                    IPFamily.allCases.flatMap { family in
                        [TestAddress.endpointPort, 8081].map {
                            EchoServers.Listener(host: lab[name], transport: transport, family: family, port: $0)
                        }
                    }
                }
            }
        )
        nftables = try NFTablesConnection(in: node.namespace)
        routes = RoutingTable(
            options: RoutingOptions(nodeName: TestAddress.nodeName),
            node: NodeContext(
                nodePortAddresses: Set(IPFamily.allCases.map { TestAddress.node($0) }),
                nodeAddresses: Set(IPFamily.allCases.map { TestAddress.node($0) })
            )
        )
        _ = routes.apply([
            .serviceCIDR("default", ServiceCIDR(cidrs: ["172.30.0.0/16"])),
            .serviceCIDR("more", ServiceCIDR(cidrs: ["fd00:96::/112"])),
        ])
        for family in families {
            var table = FamilyTable(
                configuration: DataplaneConfiguration(
                    family: family,
                    masqueradeAll: masqueradeAll,
                    podDetector: detector
                ),
                backend: nftables,
                batchLimit: batchLimit
            )
            if detector == .prefixes { _ = table.setPodPrefixes(Self.podPrefixes) }
            tables.append(table)
        }
        try await synchronize()
    }

    /// Answers on every port of every address.
    private static let catchAll = """
        table inet catch-all {
            chain prerouting {
                type nat hook prerouting priority dstnat
                meta l4proto { tcp, udp } redirect to :8080
            }
        }
        """

    /// Takes in what the sources report, and brings the tables up to date.
    func apply(_ changes: [ObjectChange]) async throws {
        let diff = routes.apply(changes)
        try await apply(diff)
    }

    /// The Services are these now, as far as they are named.
    func set(_ services: ServiceModel...) async throws {
        try await apply(services.flatMap(\.changes))
    }

    /// The node's addresses or zone change.
    func update(node: NodeContext) async throws {
        let diff = routes.update(node: node)
        try await apply(diff)
    }

    private func apply(_ diff: RoutingDiff) async throws {
        reports = []
        for index in tables.indices { reports.append(try await tables[index].apply(diff, of: routes)) }
    }

    /// Reads the tables and puts right what is not as wanted.
    func synchronize() async throws {
        reports = []
        for index in tables.indices { reports.append(try await tables[index].synchronize(with: routes)) }
    }

    /// What a proxy does that starts now, on the tables as they are.
    func restart(batchLimit: Int = FamilyTable.defaultBatchLimit) async throws {
        let isDetecting = tables.first?.planner.configuration.podDetector == .prefixes
        tables = tables.map { old in
            var new = FamilyTable(
                configuration: old.planner.configuration,
                backend: nftables,
                batchLimit: batchLimit
            )
            if isDetecting { _ = new.setPodPrefixes(Self.podPrefixes) }
            return new
        }
        try await synchronize()
    }

    /// Deletes what is unused.
    func cleanUp() async throws {
        reports = []
        for index in tables.indices { reports.append(try await tables[index].cleanUp()) }
    }

    /// What the families' tables are believed to hold.
    var planners: [DataplanePlanner] { tables.map(\.planner) }

    /// Runs `nft list ruleset` on the node.
    @discardableResult
    func listing() async throws -> String {
        try await node.run("nft", "list", "ruleset")
    }
}

extension ServiceTestBed {
    /// The outcome of a flow that one of these hosts answers.
    ///
    /// - Parameters:
    ///   - host: Who asks: a host's name, or `node`.
    ///   - isMasqueraded: Whether the server sees the node's address on its own link instead of the asker's.
    func answers(
        by servers: [String],
        to host: String,
        _ family: IPFamily,
        isMasqueraded: Bool
    ) -> Set<FlowOutcome> {
        Set(
            servers.map { server in
                let own = host == "node" ? TestAddress.node(family) : TestAddress.host(host, family)
                let source = isMasqueraded ? TestAddress.node(toward: server, family) : own
                return .answered(by: server, source: source)
            }
        )
    }

    /// What became of flows from a host; see ``FlowProbe/outcomes(from:to:expecting:least:most:)``.
    func outcomes(
        from host: String,
        to target: Frontend,
        expecting expected: Set<FlowOutcome>,
        least: Int = 6
    ) async -> Set<FlowOutcome> {
        await probe.outcomes(from: self.host(host), to: target, expecting: expected, least: least)
    }

    /// Expects the same to become of a flow from each of these hosts to each of these frontends.
    func expect(
        _ expected: FlowOutcome,
        from hosts: [String],
        to targets: [Frontend],
        _ comment: Comment? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        let flows = hosts.flatMap { name in targets.map { (host: host(name), target: $0) } }
        let timeout = expected == .dropped ? FlowProbe.impatience : FlowProbe.patience
        for (flow, outcome) in zip(flows, await probe.together(flows, timeout: timeout)) {
            let what: Comment = "\(flow.host.name) to \(flow.target)"
            #expect(outcome == expected, comment.map { "\($0): \(what)" } ?? what, sourceLocation: sourceLocation)
        }
    }

    /// The host of that name, or `node`.
    func host(_ name: String) -> Host { name == "node" ? node : lab[name] }
}
