import Addressing
import KubernetesAPI
import NFTables
import Netlink
import ServiceDataplane
import ServiceRouting
import Testing

/// Maps that have a size are raised before they are full, on the real kernel.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct GrowthTests {
    private static let endpointsOfOne = 200

    private func objects(_ number: Int) -> [ObjectChange] {
        let key = ObjectKey(namespace: "default", name: "service-\(number)")
        let service = Service(
            metadata: ObjectMeta(name: key.name, namespace: key.namespace),
            clusterIPs: ["10.96.\(number / 250).\(number % 250 + 1)"],
            ports: [ServicePort(name: "http", port: 80)]
        )
        let slice = EndpointSlice(
            metadata: ObjectMeta(
                name: key.name,
                namespace: key.namespace,
                labels: ["kubernetes.io/service-name": key.name]
            ),
            addressType: .ipv4,
            ports: [EndpointPort(name: "http", port: 8080)],
            endpoints: (0..<Self.endpointsOfOne).map { Endpoint(addresses: ["10.\(number % 200).1.\($0)"]) }
        )
        return [.service(key, service), .endpointSlice(key, slice)]
    }

    @Test func `a table that starts small holds more than it was made for`() async throws {
        let backend = try NFTablesConnection(in: .makeAnonymous())
        var routes = RoutingTable(options: RoutingOptions(nodeName: "node-1"))
        var table = FamilyTable(configuration: DataplaneConfiguration(family: .ipv4), backend: backend)
        _ = try await table.synchronize(with: routes)
        let small = try #require(table.planner.state.capacities.endpoints as UInt32?)

        // In one jump beyond the size, and then step by step beyond the next.
        for range in [0..<400, 400..<500, 500..<600, 600..<700, 700..<800] {
            let report = try await table.apply(routes.apply(range.flatMap { objects($0) }), of: routes)
            #expect(!report.isFull, "the larger size was there in time")
        }
        #expect(table.planner.state.slotCount == 800 * Self.endpointsOfOne)
        #expect(table.planner.state.slotCount > 2 * Int(small))

        var restarted = FamilyTable(configuration: DataplaneConfiguration(family: .ipv4), backend: backend)
        let report = try await restarted.synchronize(with: routes)
        #expect(report.transactionCount == 0)
        #expect(restarted.planner.state == table.planner.state)
    }
}
