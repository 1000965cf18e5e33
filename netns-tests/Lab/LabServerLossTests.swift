import Glibc
import LabNetwork
import Netlink
import Testing

/// That Services are served while the API server is away, and follow it when it is back.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason), .serialized)
struct LabServerLossTests {
    @Test(.timeLimit(.minutes(4)), arguments: ["embedded", "etcd"])
    func `the API server's end changes nothing in the data plane, and its return brings what is new`(
        store: String
    ) async throws {
        try await LabTestBed.with { bed in
            try await bed.up("--nodes", "3", "--no-dns", "--store", store)
            try await bed.deploy(LabTestBed.deployment("web", 0))
            let pods = try await bed.pods()
            let client = try #require(pods.first { $0.name == "client" })
            let all = ServiceLoads([
                try bed.load(fromPod: client, to: LabTestBed.clusterIP(0)),
                try bed.load(fromOutsideTo: 2, 30_080),
                try bed.load(fromNode: 3, to: LabTestBed.clusterIP(0)),
            ])
            try await all.more(20)
            let rules = try await Self.rules(bed)

            for name in store == "etcd" ? ["etcd", "control-plane"] : ["control-plane"] {
                try await bed.kill(bed.program(name))
                try await all.more(120)
                #expect(try await Self.rules(bed) == rules, "\(name) is away")
                try await bed.up("--nodes", "3", "--no-dns", "--store", store)
                #expect(try await bed.kubectl("get", "--raw", "/readyz") == "ok")
                try await all.more()
                #expect(try await Self.rules(bed) == rules, "\(name) is back")
                all.expectNoFailure("the end and the return of \(name)")
            }
            #expect(try await bed.pods() == pods)

            // A Service that changes afterwards changes on all nodes.
            let address = "203.0.113.9"
            let patch = #"{"spec":{"externalIPs":["\#(address)"]}}"#
            try await bed.kubectl("patch", "service", "web", "-p", patch)
            var others: [ServiceLoad] = []
            for number in 1...3 {
                try await eventually("\(address) on node-\(number)", within: .seconds(60)) {
                    try await bed.rules(ofNode: number).contains("\(address) . tcp . 80 ")
                }
                others.append(try bed.load(fromNode: number, to: address))
            }
            let new = ServiceLoads(others)
            try await new.more(20)
            if store == "embedded" { try await Self.expectControllers(bed, besides: pods) }
            try await all.more()
            all.expectNoFailure("changes after the return of the API server")
            new.expectNoFailure("a new address")
            _ = await all.stop("API server killed, store \(store)")
            _ = await new.stop("new address, store \(store)")
        }
    }

    /// Controllers go on: those of the one process that can have the store, which need not wait for the one before.
    private static func expectControllers(_ bed: LabTestBed, besides pods: [LabTestBed.PodFacts]) async throws {
        try await bed.kubectl("scale", "deployment", "web", "--replicas", "4")
        let known = Set(pods.map(\.uid))
        let fourth = try await eventually("a fourth pod", within: .seconds(90)) {
            try await bed.pods(of: "web").first { !known.contains($0.uid) && $0.isReady }
        }
        try await bed.expectServed(fourth)
        for name in ["kube-controller-manager", "kube-scheduler"] {
            let path = "jsonpath={.spec.leaseTransitions}"
            #expect(try await bed.kubectl("-n", "kube-system", "get", "lease", name, "-o", path) == "0")
        }
    }

    private static func rules(_ bed: LabTestBed) async throws -> [String] {
        var rules: [String] = []
        for number in 1...3 { rules.append(try await bed.rules(ofNode: number)) }
        return rules
    }
}
