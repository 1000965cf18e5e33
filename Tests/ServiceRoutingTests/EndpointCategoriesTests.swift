import Addressing
import Testing

@testable import ServiceRouting

/// The rules of upstream's `CategorizeEndpoints` (pkg/proxy/topology.go), one case each.
@Suite struct EndpointCategoriesTests {
    /// A situation, and the endpoints that each list must have; endpoints are named by their last octet.
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        /// Which lists the Service port uses.
        var uses: Set<Use>
        var endpoints: [EndpointState]
        var cluster: [Int] = []
        var local: [Int] = []
        var hasAny = true

        enum Use { case cluster, local }

        init(
            _ name: String,
            uses: Set<Use> = [.cluster],
            _ endpoints: [EndpointState],
            cluster: [Int] = [],
            local: [Int] = [],
            hasAny: Bool = true
        ) {
            testDescription = name
            self.uses = uses
            self.endpoints = endpoints
            self.cluster = cluster
            self.local = local
            self.hasAny = hasAny
        }
    }

    static let ready: EndpointState = [.ready, .serving]
    static let unready: EndpointState = []
    static let draining: EndpointState = [.serving, .terminating]
    static let gone: EndpointState = [.terminating]
    static let local: EndpointState = .local
    static let here: EndpointState = [.zoneHints, .forThisZone]
    static let elsewhere: EndpointState = .zoneHints
    static let thisNode: EndpointState = [.nodeHints, .forThisNode]
    static let otherNode: EndpointState = .nodeHints

    static let zoneCases = [
        Case(
            "zone hints leave the endpoints of this zone",
            [ready.union(here), ready.union(elsewhere), ready.union(elsewhere), ready.union(here)],
            cluster: [0, 3]
        ),
        Case(
            "without hints all ready endpoints are used",
            [ready, ready, ready],
            cluster: [0, 1, 2]
        ),
        Case(
            "hints for other zones only, as when the node's zone is unknown, are ignored",
            [ready.union(elsewhere), ready.union(elsewhere)],
            cluster: [0, 1]
        ),
        Case(
            "one ready endpoint without hints makes all hints ignored",
            [ready.union(here), ready.union(elsewhere), ready, ready.union(here)],
            cluster: [0, 1, 2, 3]
        ),
        Case(
            "an endpoint that is not ready and has no hints does not make them ignored",
            [ready.union(here), ready.union(elsewhere), unready],
            cluster: [0]
        ),
        Case(
            "an endpoint of this zone that is not ready is left out",
            [ready.union(here), ready.union(elsewhere), unready.union(here)],
            cluster: [0]
        ),
        Case(
            "where all endpoints of this zone are not ready, the other zones are used",
            [unready.union(here), ready.union(elsewhere), ready.union(elsewhere), unready.union(here)],
            cluster: [1, 2]
        ),
        Case(
            "a terminating endpoint of this zone does not keep traffic in the zone",
            [draining.union(here), ready.union(elsewhere)],
            cluster: [1]
        ),
        Case(
            "where nothing is ready, terminating endpoints are used whatever their zones",
            [draining.union(here), draining.union(elsewhere)],
            cluster: [0, 1]
        ),
    ]

    static let nodeCases = [
        Case(
            "node hints leave the endpoints of this node",
            [ready.union(thisNode), ready.union(otherNode)],
            cluster: [0]
        ),
        Case(
            "node hints are narrower than zone hints",
            [
                ready.union(thisNode).union(here), ready.union(otherNode).union(here),
                ready.union(otherNode).union(elsewhere),
            ],
            cluster: [0]
        ),
        Case(
            "without an endpoint for this node, zone hints apply",
            [ready.union(otherNode).union(here), ready.union(otherNode).union(elsewhere)],
            cluster: [0]
        ),
        Case(
            "one ready endpoint without node hints leaves the zone hints",
            [ready.union(thisNode).union(here), ready.union(here), ready.union(elsewhere)],
            cluster: [0, 1]
        ),
        Case(
            "without an endpoint for this node or this zone, all are used",
            [ready.union(otherNode).union(elsewhere), ready.union(otherNode).union(elsewhere)],
            cluster: [0, 1]
        ),
        Case(
            "where the endpoint of this node is not ready, the zone's are used",
            [unready.union(thisNode).union(here), ready.union(otherNode).union(here)],
            cluster: [1]
        ),
        Case(
            "a local endpoint without node hints is not preferred",
            [ready.union(local), ready],
            cluster: [0, 1]
        ),
    ]

    static let localCases = [
        Case(
            "hints do not narrow the local list",
            uses: [.cluster, .local],
            [
                ready.union(here).union(local), ready.union(elsewhere).union(local), ready.union(elsewhere),
                ready.union(here),
            ],
            cluster: [0, 3],
            local: [0, 1]
        ),
        Case("a Local policy without endpoints has none", uses: [.local], [], hasAny: false),
        Case("a Local policy knows of remote endpoints", uses: [.local], [ready, ready]),
        Case(
            "a Local policy uses all local endpoints",
            uses: [.local],
            [ready.union(local), ready.union(local)],
            local: [0, 1]
        ),
        Case("a Local policy leaves remote endpoints out", uses: [.local], [ready.union(local), ready], local: [0]),
        Case(
            "both lists are made where both policies are in use",
            uses: [.cluster, .local],
            [ready.union(local), ready],
            cluster: [0, 1],
            local: [0]
        ),
        Case(
            "both lists, all endpoints remote",
            uses: [.cluster, .local],
            [ready, ready],
            cluster: [0, 1]
        ),
        Case(
            "a policy that is not in use has no list",
            uses: [.cluster],
            [ready, ready.union(local)],
            cluster: [0, 1]
        ),
        Case("a Local policy alone makes no cluster list", uses: [.local], [ready, ready.union(local)], local: [1]),
    ]

    static let conditionCases = [
        Case("endpoints that are not ready are not used", [unready, unready], hasAny: false),
        Case("ready endpoints are used, others not", [unready, ready], cluster: [1]),
        Case(
            "where all are terminating, those that serve are used",
            [draining.union(local), draining, gone],
            cluster: [0, 1]
        ),
        Case("terminating endpoints that do not serve are not used", [gone, gone.union(local)], hasAny: false),
        Case("serving but not ready and not terminating is not used", [.serving], hasAny: false),
        Case("terminating endpoints are not used beside ready ones", [ready, draining], cluster: [0]),
        Case(
            "an endpoint that is ready while terminating is used like a ready one",
            [[.ready, .serving, .terminating], draining],
            cluster: [0]
        ),
        Case(
            "remote terminating endpoints count as endpoints for a Local policy",
            uses: [.cluster, .local],
            [draining, draining],
            cluster: [0, 1]
        ),
        Case(
            "the local list falls back to terminating endpoints on its own",
            uses: [.cluster, .local],
            [ready, unready.union(local), draining.union(local), draining],
            cluster: [0],
            local: [2]
        ),
        Case(
            "a local ready endpoint keeps local terminating ones out",
            uses: [.local],
            [ready.union(local), draining.union(local)],
            local: [0]
        ),
        Case(
            "the cluster list does not fall back while a local endpoint is ready",
            uses: [.cluster, .local],
            [ready.union(local), draining],
            cluster: [0],
            local: [0]
        ),
    ]

    @Test(arguments: zoneCases + nodeCases + localCases + conditionCases)
    func endpointsAreSortedOut(_ example: Case) {
        let endpoints = example.endpoints.enumerated().map { index, state in
            RoutableEndpoint(backend: Self.backend(index), state: state)
        }
        let categories = EndpointCategories(
            endpoints,
            usesCluster: example.uses.contains(.cluster),
            usesLocal: example.uses.contains(.local)
        )
        #expect(categories.cluster == example.cluster.map(Self.backend))
        #expect(categories.local == example.local.map(Self.backend))
        #expect(categories.hasAnyEndpoints == example.hasAny)
    }

    static func backend(_ index: Int) -> Backend { Backend(address: .v4(0x0a01_0200 + UInt32(index)), port: 80) }
}
