import Addressing
import KubernetesAPI
import ServiceRouting
import Testing

/// Literals in tests are addresses; a wrong one fails the test.
func address(_ text: String) -> IPAddress {
    guard let address = IPAddress(text) else {
        Issue.record("\(text) is no address")
        return .v4(0)
    }
    return address
}

func prefix(_ text: String) -> IPPrefix {
    guard let prefix = IPPrefix(text) else {
        Issue.record("\(text) is no prefix")
        return IPPrefix(.v4(0))
    }
    return prefix
}

func frontend(_ text: String, _ port: UInt16 = 80, _ protocol: TransportProtocol = .tcp) -> Frontend {
    Frontend(address: address(text), protocol: `protocol`, port: port)
}

func backends(_ texts: String..., port: UInt16 = 8080) -> [Backend] {
    texts.map { Backend(address: address($0), port: port) }
}

extension RoutingTable {
    /// A table on the node `node-a`, which has the address 192.168.0.2.
    static func fixture(
        zone: String? = nil,
        proxyName: String? = nil,
        allowServiceExternalIPs: Bool = true,
        startTime: Timestamp? = nil,
        nodePortAddresses: Set<String> = ["192.168.0.2", "2001:db8::2"]
    ) -> RoutingTable {
        RoutingTable(
            options: RoutingOptions(
                nodeName: here,
                proxyName: proxyName,
                allowServiceExternalIPs: allowServiceExternalIPs,
                startTime: startTime
            ),
            node: NodeContext(
                zone: zone,
                nodePortAddresses: Set(nodePortAddresses.map(address)),
                nodeAddresses: [address("192.168.0.2"), address("2001:db8::2")]
            )
        )
    }

    @discardableResult
    mutating func apply(_ changes: ObjectChange...) -> RoutingDiff { apply(changes) }

    /// ``apply(_:)``, where the difference does not matter.
    mutating func load(_ changes: [ObjectChange]) { _ = apply(changes) }
}

/// What a table's state is made of, built up from its diffs.
struct ReplayedState: Equatable {
    var frontends: [Frontend: Route] = [:]
    var clusterIPs: Set<IPAddress> = []
    var serviceCIDRs: Set<IPPrefix> = []
    var localEndpointAddresses: Set<IPAddress> = []
    var healthChecks: [ObjectKey: HealthCheck] = [:]
    var conflicts: Set<FrontendConflict> = []
    var noLocalEndpoints = NoLocalEndpointCounts()

    init() {}

    init(_ table: RoutingTable) {
        frontends = table.frontends
        clusterIPs = Set(table.clusterIPs)
        serviceCIDRs = Set(table.serviceCIDRs)
        localEndpointAddresses = Set(table.localEndpointAddresses)
        healthChecks = table.healthChecks
        conflicts = Set(table.conflicts)
        noLocalEndpoints = table.noLocalEndpoints
    }

    /// Replays a diff; each part must fit what was there before.
    mutating func replay(_ diff: RoutingDiff) {
        #expect(Set(diff.frontends.map(\.frontend)).count == diff.frontends.count)
        for change in diff.frontends {
            #expect(change.old == frontends[change.frontend])
            #expect(change.old != change.new)
            frontends[change.frontend] = change.new
        }
        for change in diff.healthChecks {
            #expect(change.old == healthChecks[change.service])
            #expect(change.old != change.new)
            healthChecks[change.service] = change.new
        }
        Self.replay(diff.clusterIPs, on: &clusterIPs)
        Self.replay(diff.serviceCIDRs, on: &serviceCIDRs)
        Self.replay(diff.localEndpointAddresses, on: &localEndpointAddresses)
        Self.replay(diff.conflicts, on: &conflicts)
        noLocalEndpoints = diff.noLocalEndpoints
    }

    private static func replay<Element>(_ difference: SetDifference<Element>, on set: inout Set<Element>) {
        for element in difference.removed { #expect(set.remove(element) != nil) }
        for element in difference.added { #expect(set.insert(element).inserted) }
    }
}
