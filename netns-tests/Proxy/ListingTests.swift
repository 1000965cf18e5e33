import Addressing
import ServiceDataplane
import ServiceRouting
import Testing

/// Operators and firewalls run `nft list ruleset`: it must print our tables whatever is in them, and load what it printed.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct ListingTests {
    @Test(arguments: [PodDetector.prefixes, .none, .bridge("pod"), .interfacePrefix("po")])
    func `nft prints the tables after each change, and loads what it printed`(detector: PodDetector) async throws {
        let bed = try await ServiceTestBed(detector: detector)
        try await expectLoadable(bed, "no Service")
        for service in AdoptionTests.services {
            try await bed.set(service)
            try await expectLoadable(bed, "\(service.name) came")
        }
        // With entries in the sticky maps.
        for host in ["client", "pod", "node"] {
            let target = FrontendKind.loadBalancer.frontend(of: AdoptionTests.services[3], .ipv6, .udp)
            #expect(await bed.probe.flow(from: bed.host(host), to: target).server != nil)
        }
        let full = try await expectLoadable(bed, "all Services")
        #expect(full.contains("test/affine:udp"))
        for service in AdoptionTests.services {
            try await bed.apply(service.removal)
            try await expectLoadable(bed, "\(service.name) went")
        }
        try await bed.cleanUp()
        try await expectLoadable(bed, "clean")
    }

    @Test func `nft prints and loads the longest names`() async throws {
        let bed = try await ServiceTestBed()
        let name = String(repeating: "long-", count: 12) + "nam"
        let service = ServiceModel(name, number: 1, on: "local") { $0.affinityTimeout = 86_400 }
        try await bed.set(service)
        try await expectLoadable(bed, "a name of 63 letters")
        #expect(try await bed.listing().contains("test/\(name):tcp"))
    }

    /// Lists the ruleset, loads the list into another namespace, and expects the same list there.
    @discardableResult
    private func expectLoadable(
        _ bed: ServiceTestBed,
        _ comment: Comment,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let listing = try await bed.listing()
        // Listed by nft 1.0.6 but not loaded: it has no syntax for `ct original proto-dst` in a concatenation, and aborts
        // on `update` of a map of IPv6 address and port, its own included. And what is remembered for a time is not the
        // same a moment later.
        let loadable = listing.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { line in
                !line.contains("ct original proto-dst") && !line.contains(" expires ")
                    && !(line.contains("update @sticky-") && line.contains("ip6 saddr"))
            }
            .joined(separator: "\n")
        let other = try await Host.make("other")
        do {
            try await other.run("nft", "-f", "-", input: loadable)
            let copy = try await other.run("nft", "list", "ruleset")
            #expect(copy == loadable, comment, sourceLocation: sourceLocation)
        } catch {
            Issue.record("\(comment): \(error)", sourceLocation: sourceLocation)
        }
        return listing
    }
}
