import Addressing
import KubernetesAPI
import NFTables
import Netlink
import ServiceDataplane
import ServiceRouting
import Testing

/// Whatever happened before, the kernel holds what the objects ask for: the same as after a cold start with them.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct RandomHistoryTests {
    /// How many histories there are, in how many groups that run side by side.
    private static let historyCount = 300
    private static let groupCount = 6

    private static let detectors: [PodDetector] = [.prefixes, .none, .bridge("cbr0"), .interfacePrefix("veth")]

    @Test(arguments: 0..<groupCount)
    func `a history leads to the tables of a cold start of its final objects`(group: Int) async throws {
        for number in stride(from: group, to: Self.historyCount, by: Self.groupCount) {
            let seed = SeededGenerator.seed &+ UInt64(number)
            do {
                guard try await isSound(seed) else { return }
            } catch {
                Issue.record("TRAMA_SEED=\(seed): \(error)")
                return
            }
        }
    }

    /// A node's tables, without the node.
    private final class Tables {
        let host: Host
        let connection: NFTablesConnection
        var tables: [FamilyTable]
        private let configurations: [DataplaneConfiguration]

        init(_ detector: PodDetector, masqueradeAll: Bool, batchLimit: Int) async throws {
            host = try await Host.make("node")
            connection = try NFTablesConnection(in: host.namespace)
            configurations = IPFamily.allCases.map {
                DataplaneConfiguration(family: $0, masqueradeAll: masqueradeAll, podDetector: detector)
            }
            tables = []
            restart(batchLimit: batchLimit)
        }

        /// Forgets what is known of the tables, as a proxy does that starts.
        func restart(batchLimit: Int) {
            tables = configurations.map {
                var table = FamilyTable(configuration: $0, backend: connection, batchLimit: batchLimit)
                if $0.podDetector == .prefixes { _ = table.setPodPrefixes(ServiceTestBed.podPrefixes) }
                return table
            }
        }

        func synchronize(with routes: RoutingTable) async throws -> Int {
            var count = 0
            for index in tables.indices { count += try await tables[index].synchronize(with: routes).transactionCount }
            return count
        }

        /// Whether the change went in as it was planned, with nothing to be read or left out.
        func apply(_ diff: RoutingDiff, of routes: RoutingTable) async throws -> Bool {
            var isAsPlanned = true
            for index in tables.indices {
                let report = try await tables[index].apply(diff, of: routes)
                isAsPlanned = isAsPlanned && !report.isFull && report.refused.isEmpty
            }
            return isAsPlanned
        }

        func cleanUp() async throws {
            for index in tables.indices { _ = try await tables[index].cleanUp() }
        }

        func snapshots() async throws -> [Snapshot] {
            var snapshots: [Snapshot] = []
            for table in tables {
                let read = try await connection.snapshot(of: table.planner.table)
                snapshots.append(try #require(read).withSortedSlots(table.family))
            }
            return snapshots
        }

        func list() async throws -> String { try await host.run("nft", "list", "ruleset") }
    }

    /// Runs one history; false after a failure.
    private func isSound(_ seed: UInt64) async throws -> Bool {
        let comment: Comment = "TRAMA_SEED=\(seed)"
        var cluster = RandomCluster(seed: seed)
        let detector = cluster.generator.pick(Self.detectors)
        let masqueradeAll = cluster.generator.chance(20)
        let limit = cluster.generator.pick([1, 5, 1_000])
        let tables = try await Tables(detector, masqueradeAll: masqueradeAll, batchLimit: limit)
        let options = RoutingOptions(nodeName: TestAddress.nodeName)
        var routes = RoutingTable(options: options, node: cluster.node)
        _ = try await tables.synchronize(with: routes)
        for _ in 0..<Int.random(in: 2...8, using: &cluster.generator) {
            let diff =
                cluster.generator.chance(10)
                ? routes.update(node: cluster.changeNode())
                : routes.apply((0..<Int.random(in: 1...8, using: &cluster.generator)).map { _ in cluster.change() })
            let isAsPlanned = try await tables.apply(diff, of: routes)
            #expect(isAsPlanned, comment)
            let listing = try await tables.list()
            #expect(listing.contains("table ip6 trama"), comment)
            if cluster.generator.chance(20) { try await tables.cleanUp() }
            if cluster.generator.chance(20) {
                tables.restart(batchLimit: limit)
                let sent = try await tables.synchronize(with: routes)
                #expect(sent == 0, "\(comment): a restart sent something")
                guard sent == 0 else { return false }
            }
            guard isAsPlanned else { return false }
        }
        try await tables.cleanUp()

        let cold = try await Tables(detector, masqueradeAll: masqueradeAll, batchLimit: 1_000)
        var coldRoutes = RoutingTable(options: options, node: cluster.node)
        _ = coldRoutes.apply(cluster.objects())
        _ = try await cold.synchronize(with: coldRoutes)
        let differences = zip(try await tables.snapshots(), try await cold.snapshots()).flatMap {
            $0.differences(from: $1)
        }
        #expect(differences == [], comment)
        // What the one wrote, the other adopts.
        tables.restart(batchLimit: 1_000)
        let sent = try await tables.synchronize(with: coldRoutes)
        #expect(sent == 0, "\(comment): a restart sent something")
        return differences.isEmpty && sent == 0
    }
}
