import Addressing
import KubernetesAPI
import ServiceDataplane
import ServiceRouting
import Testing

/// Objects that no API server would have let through: what is unusable is left out, and everything else is served.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct BadInputTests {
    private static let good = ServiceModel("good", number: 99, on: "local")

    private func service(_ name: String, spec: String) throws -> ObjectChange {
        let json = #"{"kind":"Service","metadata":{"name":"\#(name)","namespace":"bad"},"spec":\#(spec)}"#
        return .service(ObjectKey(namespace: "bad", name: name), try Service(json: Array(json.utf8)))
    }

    private func slice(_ name: String, of service: String, _ type: String, _ rest: String) throws -> ObjectChange {
        let json = """
            {"kind":"EndpointSlice","metadata":{"name":"\(name)","namespace":"bad",
            "labels":{"kubernetes.io/service-name":"\(service)"}},"addressType":"\(type)",\(rest)}
            """
        return .endpointSlice(ObjectKey(namespace: "bad", name: name), try EndpointSlice(json: Array(json.utf8)))
    }

    /// Applies what is bad together with a good Service, which must be served, and restarted upon without a change.
    private func bed(_ changes: [ObjectChange]) async throws -> ServiceTestBed {
        let bed = try await ServiceTestBed()
        try await bed.apply(changes + Self.good.changes)
        for family in IPFamily.allCases {
            let target = FrontendKind.clusterIP.frontend(of: Self.good, family, .tcp)
            #expect(await bed.probe.flow(from: bed.lab["client"], to: target).server == "local")
        }
        try await bed.listing()
        #expect(bed.reports.allSatisfy { $0.refused.isEmpty && !$0.isFull })
        try await bed.restart()
        #expect(bed.reports.allSatisfy { $0.transactionCount == 0 })
        return bed
    }

    @Test func `ports out of range are left out`() async throws {
        let bed = try await bed([
            try service(
                "ports",
                spec: """
                    {"type":"NodePort","clusterIP":"172.30.0.1","ports":[
                    {"name":"zero","port":0},{"name":"large","port":70000},{"name":"negative","port":-1},
                    {"name":"node","port":81,"nodePort":70000},{"name":"odd","port":82,"protocol":"QUIC"},
                    {"name":"fine","port":80,"nodePort":30001}]}
                    """
            ),
            try slice(
                "ports-1",
                of: "ports",
                "IPv4",
                """
                "ports":[{"name":"fine","port":8080},{"name":"node","port":0},{"name":"zero","port":8080}],
                "endpoints":[{"addresses":["10.0.2.2"]}]
                """
            ),
            try slice(
                "ports-2",
                of: "ports",
                "IPv4",
                #""ports":[{"name":"fine","port":70000}],"endpoints":[{"addresses":["10.0.3.2"]}]"#
            ),
        ])
        let address = TestAddress.clusterIP(1, .ipv4)
        let fine = Frontend(address: address, protocol: .tcp, port: 80)
        let expected = bed.answers(by: ["local"], to: "client", .ipv4, isMasqueraded: true)
        #expect(await bed.outcomes(from: "client", to: fine, expecting: expected) == expected)
        let refused = [81, 82].map { Frontend(address: address, protocol: .tcp, port: $0) }
        await bed.expect(.refused, from: ["client"], to: refused)
    }

    @Test func `addresses of the wrong family and texts that are no addresses are left out`() async throws {
        let bed = try await bed([
            try service(
                "addresses",
                spec: """
                    {"type":"LoadBalancer","clusterIPs":["172.030.000.001","fd00:96::1","172.30.0.9","x"],
                    "externalIPs":["","256.1.1.1","fd00::g","198.51.100.1","198.51.100.1","1.2.3"],
                    "loadBalancerSourceRanges":["10.0.4.0/24 "],"ports":[{"port":80}]}
                    """
            ),
            try slice(
                "addresses-4",
                of: "addresses",
                "IPv4",
                """
                "ports":[{"name":"","port":8080}],"endpoints":[{"addresses":["fd00:2::2"]},{"addresses":[]},
                {"addresses":["010.000.002.002"]},{"addresses":["local.test"]},{"addresses":["10.0.2.2"]}]
                """
            ),
            try slice(
                "addresses-6",
                of: "addresses",
                "IPv6",
                #""ports":[{"name":"","port":8080}],"endpoints":[{"addresses":["10.0.3.2"]},{"addresses":["fd00:2::2"]}]"#
            ),
            try slice(
                "addresses-x",
                of: "addresses",
                "FQDN",
                #""ports":[{"name":"","port":8080}],"endpoints":[{"addresses":["10.0.3.2"]}]"#
            ),
        ])
        for address in [
            TestAddress.clusterIP(1, .ipv4), TestAddress.clusterIP(1, .ipv6), TestAddress.externalIP(1, .ipv4),
        ] {
            let expected = bed.answers(by: ["local"], to: "client", address.family, isMasqueraded: true)
            let target = Frontend(address: address, protocol: .tcp, port: 80)
            #expect(await bed.outcomes(from: "client", to: target, expecting: expected) == expected, "\(target)")
        }
        // Only the first of a family is the Service's.
        let second = Frontend(address: TestAddress.clusterIP(9, .ipv4), protocol: .tcp, port: 80)
        await bed.expect(.dropped, from: ["client"], to: [second])
    }

    @Test func `a frontend that two Services claim stays with the older one`() async throws {
        let bed = try await ServiceTestBed()
        func claim(_ name: String, made: String, clusterIP: Int) throws -> ObjectChange {
            let json = """
                {"kind":"Service","metadata":{"name":"\(name)","namespace":"bad","creationTimestamp":"\(made)"},
                "spec":{"type":"NodePort","clusterIP":"172.30.0.\(clusterIP)","externalIPs":["198.51.100.1"],
                "ports":[{"port":80,"nodePort":30001},{"port":80,"name":"again","nodePort":30001}]}}
                """
            return .service(ObjectKey(namespace: "bad", name: name), try Service(json: Array(json.utf8)))
        }
        func endpoint(_ name: String, _ host: String) throws -> ObjectChange {
            let address = TestAddress.host(host, .ipv4)
            return try slice(
                name,
                of: name,
                "IPv4",
                #""ports":[{"name":"","port":8080}],"endpoints":[{"addresses":["\#(address)"]}]"#
            )
        }
        let older = try claim("older", made: "2026-01-01T00:00:00Z", clusterIP: 1)
        let newer = try claim("newer", made: "2026-01-02T00:00:00Z", clusterIP: 2)
        let endpoints = [try endpoint("older", "local"), try endpoint("newer", "remote")]
        let shared = [
            Frontend(address: TestAddress.externalIP(1, .ipv4), protocol: .tcp, port: 80),
            Frontend(address: TestAddress.node(.ipv4), protocol: .tcp, port: 30_001),
        ]
        func expectServer(_ host: String) async {
            let expected = bed.answers(by: [host], to: "client", .ipv4, isMasqueraded: true)
            for target in shared {
                #expect(await bed.outcomes(from: "client", to: target, expecting: expected) == expected, "\(target)")
            }
        }
        try await bed.apply([newer] + endpoints)
        await expectServer("remote")
        try await bed.apply([older])
        await expectServer("local")
        try await bed.apply([newer, older])
        await expectServer("local")
        try await bed.apply([.service(ObjectKey(namespace: "bad", name: "older"), nil)])
        await expectServer("remote")
        try await bed.restart()
        #expect(bed.reports.allSatisfy { $0.transactionCount == 0 })
    }

    @Test func `ten thousand endpoints in one Service are served`() async throws {
        let bed = try await ServiceTestBed(families: [.ipv4])
        try await bed.serveWholeRanges()
        let service = ServiceModel("large", number: 1) { $0.affinityTimeout = nil }
        let target = FrontendKind.clusterIP.frontend(of: service, .ipv4, .tcp)
        try await bed.set(service)
        for count in [10_000, 9_999, 3, 10_000, 0] {
            try await bed.apply(bed.endpoints(count, of: service))
            if count == 0 {
                await bed.expect(.refused, from: ["client"], to: [target])
            } else {
                let outcomes = await bed.probe.flows(50, from: bed.lab["client"], to: target)
                #expect(outcomes.allSatisfy { $0.server == "local" }, "\(count)")
            }
            if count == 9_999 {
                // One slot of each frontend, and the class of each: not ten thousand elements.
                #expect(bed.reports.map(\.elementCount).reduce(0, +) < 100)
            }
        }
        try await bed.cleanUp()
        try await bed.listing()
    }
}
