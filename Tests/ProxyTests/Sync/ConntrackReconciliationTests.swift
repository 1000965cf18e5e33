import Addressing
import ServiceRouting
import Testing

@testable import Proxy

@Suite struct ConntrackReconciliationTests {
    private static let frontend = Frontend(address: .v4(0x0a60_000a), protocol: .udp, port: 53)
    private static let first = Backend(address: .v4(0x0af4_0102), port: 5353)
    private static let second = Backend(address: .v4(0x0af4_0202), port: 5353)

    private func route(_ serving: [Backend]) -> Route {
        Route(
            service: ServicePortName(
                service: ObjectKey(namespace: "kube-system", name: "dns"),
                portName: "dns",
                protocol: .udp
            ),
            kind: .internal,
            endpoints: serving,
            serving: serving
        )
    }

    private func reconciliation(
        from old: Route?,
        to new: Route?,
        frontend: Frontend = Self.frontend
    ) -> ConntrackReconciliation {
        var diff = RoutingDiff()
        diff.frontends = [FrontendChange(frontend: frontend, old: old, new: new)]
        var reconciliation = ConntrackReconciliation()
        reconciliation.add(diff)
        return reconciliation
    }

    @Test func aFlowToAnEndpointThatLeftIsStale() {
        let work = reconciliation(from: route([Self.first, Self.second]), to: route([Self.second]))
        #expect(work.isStale(destination: Self.frontend, replySource: Self.first))
        #expect(!work.isStale(destination: Self.frontend, replySource: Self.second))
        #expect(work.families == [.ipv4])
    }

    @Test func aFlowThatWasNeverTranslatedIsStaleOnceThereIsAService() {
        let work = reconciliation(from: nil, to: route([Self.first]))
        let untranslated = Backend(address: Self.frontend.address, port: Self.frontend.port)
        #expect(work.isStale(destination: Self.frontend, replySource: untranslated))
    }

    @Test func withNobodyServingFlowsAreLeft() {
        let work = reconciliation(from: route([Self.first]), to: route([]))
        #expect(!work.isStale(destination: Self.frontend, replySource: Self.first))
    }

    @Test func ofAFrontendThatIsGoneOnlyTranslatedFlowsAreStale() {
        let work = reconciliation(from: route([Self.first]), to: nil)
        #expect(work.isStale(destination: Self.frontend, replySource: Self.first))
        let untranslated = Backend(address: Self.frontend.address, port: Self.frontend.port)
        #expect(!work.isStale(destination: Self.frontend, replySource: untranslated))
    }

    @Test func otherFrontendsFlowsAreNoneOfItsBusiness() {
        let work = reconciliation(from: route([Self.first]), to: route([Self.second]))
        let other = Frontend(address: Self.frontend.address, protocol: .udp, port: 54)
        #expect(!work.isStale(destination: other, replySource: Self.first))
    }

    @Test func tcpIsLeftAlone() {
        let tcp = Frontend(address: Self.frontend.address, protocol: .tcp, port: 53)
        #expect(reconciliation(from: route([Self.first]), to: nil, frontend: tcp).isEmpty)
    }

    @Test func aChangeThatMovesNobodyLooksForNothing() {
        var masqueraded = route([Self.first])
        masqueraded.kind = .external
        #expect(reconciliation(from: route([Self.first]), to: masqueraded).isEmpty)
    }

    @Test func whatIsAskedLaterOverrulesWhatWaits() {
        var waiting = reconciliation(from: route([Self.first]), to: nil)
        waiting.merge(reconciliation(from: nil, to: route([Self.first])))
        #expect(!waiting.isStale(destination: Self.frontend, replySource: Self.first))
    }

    @Test func backendsAreASetSoThatFlowsAreLookedUpInIt() {
        let work = reconciliation(from: nil, to: route([Self.first, Self.second]))
        #expect(work == reconciliation(from: nil, to: route([Self.second, Self.first])))
        #expect(work.targets[Self.frontend] == .serving([Self.second, Self.first]))
    }
}
