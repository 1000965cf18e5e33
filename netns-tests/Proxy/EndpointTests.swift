import Addressing
import KubernetesAPI
import ServiceDataplane
import ServiceRouting
import Testing

/// Which endpoints serve: terminating ones as a last resort, the client itself, and what counts as a pod.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct EndpointTests {
    @Test(arguments: IPFamily.allCases)
    func `terminating endpoints serve where no other does`(family: IPFamily) async throws {
        let bed = try await ServiceTestBed(families: [family])
        let service = ServiceModel("going", number: 1) { $0.externalPolicy = .local }
        let cases: [(endpoints: [ServiceModel.Endpoint], internal: [String], external: Set<FlowOutcome>?, String)] = [
            ([.init(host: "local"), .terminating("pod")], ["local"], nil, "a ready local one"),
            ([.init(host: "remote"), .terminating("local")], ["remote"], nil, "a ready remote one"),
            ([.terminating("remote"), .terminating("local")], ["local", "remote"], nil, "all terminating"),
            ([.terminating("remote")], ["remote"], [.dropped], "a remote terminating one"),
            (
                [.init(host: "remote"), .terminating("local", serving: false)], ["remote"], [.dropped],
                "a local one that serves no more"
            ),
            ([.terminating("local", serving: false)], [], [.refused], "none that serves"),
        ]
        for (endpoints, `internal`, external, comment) in cases {
            try await bed.set(service.with { $0.endpoints = endpoints })
            let clusterIP = FrontendKind.clusterIP.frontend(of: service, family, .tcp)
            let expected: Set<FlowOutcome> =
                `internal`.isEmpty
                ? [.refused] : bed.answers(by: `internal`, to: "client", family, isMasqueraded: true)
            #expect(await bed.outcomes(from: "client", to: clusterIP, expecting: expected) == expected, "\(comment)")
            for kind in [FrontendKind.nodePort, .loadBalancer] {
                let target = kind.frontend(of: service, family, .tcp)
                let expected = external ?? bed.answers(by: ["local"], to: "client", family, isMasqueraded: false)
                #expect(await bed.outcomes(from: "client", to: target, expecting: expected) == expected, "\(comment)")
            }
        }
    }

    @Test(arguments: IPFamily.allCases)
    func `a pod reaches itself through its Service`(family: IPFamily) async throws {
        for detector in [PodDetector.prefixes, .none] {
            let bed = try await ServiceTestBed(detector: detector, families: [family])
            let service = ServiceModel("self", number: 1, on: "pod") { $0.hasExternalIP = true }
            for policy in [TrafficPolicy.cluster, .local] {
                try await bed.set(service.with { $0.externalPolicy = policy })
                let expected = bed.answers(by: ["pod"], to: "pod", family, isMasqueraded: true)
                for kind in FrontendKind.allCases {
                    for transport in [TransportProtocol.tcp, .udp] {
                        let target = kind.frontend(of: service, family, transport)
                        let seen = await bed.outcomes(from: "pod", to: target, expecting: expected, least: 2)
                        #expect(seen == expected, "\(policy), \(kind), \(transport), \(detector)")
                    }
                }
            }
        }
    }

    @Test(
        arguments: [
            (PodDetector.bridge("pod"), true), (.bridge("po"), false), (.interfacePrefix("po"), true),
            (.interfacePrefix("pod"), true), (.interfacePrefix("pod0"), false), (.prefixes, true),
        ],
        IPFamily.allCases
    )
    func `a pod is known by its address or its interface`(
        detector: (PodDetector, knowsPod: Bool),
        family: IPFamily
    ) async throws {
        let bed = try await ServiceTestBed(detector: detector.0, families: [family])
        let service = ServiceModel("plain", number: 1, on: "local", "remote")
        let local = ServiceModel("local", number: 2, on: "local", "remote") { $0.externalPolicy = .local }
        try await bed.set(service, local)
        for (host, isPod) in [("pod", detector.knowsPod), ("client", false), ("node", false)] {
            let all = bed.answers(by: ["local", "remote"], to: host, family, isMasqueraded: !isPod)
            let clusterIP = FrontendKind.clusterIP.frontend(of: service, family, .tcp)
            #expect(await bed.outcomes(from: host, to: clusterIP, expecting: all) == all, "\(host)")
            let expected =
                isPod || host == "node" ? all : bed.answers(by: ["local"], to: host, family, isMasqueraded: false)
            let nodePort = FrontendKind.nodePort.frontend(of: local, family, .tcp)
            #expect(await bed.outcomes(from: host, to: nodePort, expecting: expected) == expected, "\(host)")
        }
        try await bed.listing()
    }

    @Test(arguments: IPFamily.allCases)
    func `every endpoint of a Service is used, whatever the order of changes`(family: IPFamily) async throws {
        let bed = try await ServiceTestBed(families: [family])
        let service = ServiceModel("changing", number: 1)
        let hosts = ["pod", "local", "remote", "internet"]
        for step in [[0], [0, 1, 2], [2, 3], [3], [0, 1, 2, 3], [1, 2], [], [2]] {
            let present = step.map { hosts[$0] }
            try await bed.set(service.with { $0.endpoints = present.map { .init(host: $0) } })
            let expected: Set<FlowOutcome> =
                present.isEmpty ? [.refused] : bed.answers(by: present, to: "client", family, isMasqueraded: true)
            for kind in [FrontendKind.clusterIP, .nodePort] {
                let target = kind.frontend(of: service, family, .tcp)
                let seen = await bed.outcomes(from: "client", to: target, expecting: expected, least: 12)
                #expect(seen == expected, "\(present), \(kind)")
            }
        }
    }
}
