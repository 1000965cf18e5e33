import Addressing
import KubernetesAPI
import ServiceDataplane
import ServiceRouting
import Testing

/// Where every kind of client ends up, and under which address, for every kind of frontend and traffic policy: the 27 flows
/// of upstream's TestInternalExternalMasquerade (pkg/proxy/nftables/proxier_test.go) in its four configurations.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct TruthTableTests {
    /// One of the four configurations.
    struct Configuration: Sendable, CustomTestStringConvertible {
        let hasDetector: Bool
        let masqueradesAll: Bool
        var testDescription: String {
            (hasDetector ? "pods are known" : "pods are not known") + (masqueradesAll ? ", masquerade all" : "")
        }
    }

    static let configurations = [
        Configuration(hasDetector: true, masqueradesAll: false),
        Configuration(hasDetector: false, masqueradesAll: false),
        Configuration(hasDetector: true, masqueradesAll: true),
        Configuration(hasDetector: false, masqueradesAll: true),
    ]

    static let services = [
        ServiceModel("svc1", number: 1, on: "local", "remote"),
        ServiceModel("svc2", number: 2, on: "local", "remote") { $0.externalPolicy = .local },
        ServiceModel("svc3", number: 3, on: "local", "remote") { $0.internalPolicy = .local },
    ]

    @Test(arguments: configurations, IPFamily.allCases)
    func everyFlow(configuration: Configuration, family: IPFamily) async throws {
        let bed = try await ServiceTestBed(
            detector: configuration.hasDetector ? .prefixes : .none,
            masqueradeAll: configuration.masqueradesAll,
            families: [family]
        )
        try await bed.apply(Self.services.flatMap(\.changes))
        for service in Self.services {
            for kind in [FrontendKind.clusterIP, .nodePort, .loadBalancer] {
                for host in ["pod", "node", "client"] {
                    let (servers, isMasqueraded) = Self.expectation(configuration, host, service, kind)
                    let expected = bed.answers(by: servers, to: host, family, isMasqueraded: isMasqueraded)
                    for transport in [TransportProtocol.tcp, .udp] {
                        let target = kind.frontend(of: service, family, transport)
                        let seen = await bed.outcomes(from: host, to: target, expecting: expected)
                        #expect(seen == expected, "\(host) to \(kind) of \(service.name), \(target)")
                    }
                }
            }
        }
        try await bed.listing()
    }

    /// A cell of the table: who answers, and whether the client's address is replaced.
    private static func expectation(
        _ configuration: Configuration,
        _ host: String,
        _ service: ServiceModel,
        _ kind: FrontendKind
    ) -> (servers: [String], isMasqueraded: Bool) {
        let all = ["local", "remote"]
        guard kind != .clusterIP else {
            let servers = service.internalPolicy == .local ? ["local"] : all
            return (servers, configuration.masqueradesAll || (configuration.hasDetector && host != "pod"))
        }
        guard service.externalPolicy == .local else { return (all, true) }
        return switch host {
        case "node": (all, true)
        case "pod" where configuration.hasDetector: (all, false)
        default: (["local"], false)
        }
    }
}
