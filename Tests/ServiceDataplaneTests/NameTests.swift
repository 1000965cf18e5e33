import Addressing
import ServiceRouting
import Testing

@testable import ServiceDataplane

@Suite struct NameTests {
    private static let service = StickyService(
        ServicePortName(service: ObjectKey(namespace: "default", name: "web"), portName: "http", protocol: .tcp)
    )

    static let chains: [ClassChain] = [
        .balance(.cluster, count: 3, sticky: nil), .balance(.local, count: 10_000, sticky: nil),
        .balance(.cluster, count: 3, sticky: service.map(.cluster)),
        .balance(.cluster, count: 3, sticky: service.map(.local)),
        .balance(.local, count: 2, sticky: service.map(.local)), .internal(count: 1, sticky: nil),
        .internal(count: 1, sticky: service.map(.local)), .external(count: 7, sticky: service.map(.cluster)),
        .externalLocal(cluster: 3, local: 0, sticky: nil), .externalLocal(cluster: 0, local: 2, sticky: service),
    ]

    @Test("a class chain's name says all of it", arguments: chains)
    func classChain(chain: ClassChain) {
        #expect(ClassChain(name: chain.name) == chain)
    }

    @Test(
        "other names are no class chains",
        arguments: [
            "", "lb-", "lb-x", "lb--1", "lb-03", "lb-3-", "lb-3-sticky-", "local-lb", "external-local-3",
            "services-output",
            "internal-3-sticky-0123456789abcdef-icmp", "external-local-1-2-sticky-0123456789abcdef-tcp-local",
            "lb-3-sticky-0123456789ABCDEF-tcp",
        ]
    )
    func otherNames(name: String) {
        #expect(ClassChain(name: name) == nil)
    }

    @Test func stickyNames() {
        #expect(Self.service.name.hasSuffix("-tcp"))
        for list in SlotList.allCases {
            #expect(StickyMap(name: Self.service.map(list).name) == Self.service.map(list))
            #expect(
                RecordChain(name: RecordChain.always(Self.service.map(list)).name) == .always(Self.service.map(list))
            )
        }
        #expect(RecordChain(name: RecordChain.bySource(Self.service).name) == .bySource(Self.service))
        #expect(RecordChain(name: "record-prerouting") == nil)
    }
}
