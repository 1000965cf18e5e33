import Glibc
import Netlink
import Testing

/// That nobody notices how a Deployment's pods are replaced by others.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct LabRolloutTests {
    /// Long after the signal to end, or before it, the program still answers: as long as it takes until nobody sends to
    /// it any more, on a machine that is busy.
    private static let graceful = [
        "drains": #""args":["--drain","8","8080"],"#,
        "hooked": #""args":["8080"],"lifecycle":{"preStop":{"sleep":{"seconds":8}}},"#,
    ]

    @Test(.timeLimit(.minutes(4)))
    func `a rolling update under load costs not one request`() async throws {
        try await LabTestBed.with { bed in
            try await bed.up("--nodes", "3", "--no-dns")
            let names = Self.graceful.keys.sorted()
            let manifests = names.enumerated().map { number, name in
                LabTestBed.deployment(name, number, Self.graceful[name] ?? "")
            }
            try await bed.deploy(manifests[0], manifests[1])
            let old = try await bed.pods()
            let client = try #require(old.first { $0.name == "client" })
            var loads: [ServiceLoad] = []
            for number in names.indices {
                let port = UInt16(30_080 + number)
                loads += [
                    try bed.load(fromPod: client, to: LabTestBed.clusterIP(number)),
                    try bed.load(fromPod: client, to: LabTestBed.address(ofNode: 2), port),
                    try bed.load(fromOutsideTo: 3, port),
                ]
            }
            let all = ServiceLoads(loads)
            for pod in old where pod != client {
                // Each has been asked: it is missed where it goes too early.
                let number = pod.name.hasPrefix(names[0]) ? 0 : 1
                try await ServiceLoads(Array(loads[(number * 3)..<(number * 3 + 3)])).answered(by: pod.name)
            }

            for name in names {
                let patch =
                    #"{"spec":{"template":{"spec":{"containers":[{"name":"main","env":[{"name":"V","value":"2"}]}]}}}}"#
                try await bed.kubectl("patch", "deployment", name, "-p", patch)
            }
            for name in names {
                try await bed.kubectl("rollout", "status", "deployment/\(name)", "--timeout", "120s")
            }
            // Those that end are there for a while, and asked to the last moment at which anybody would.
            let gone = Set(old.map(\.name)).subtracting(["client"])
            try await eventually("the end of the old pods", within: .seconds(90)) {
                try await gone.isDisjoint(with: bed.pods().map(\.name))
            }
            try await all.more()
            all.expectNoFailure("a rolling update")

            let tallies = await all.stop("rolling update")
            let new = Set(try await bed.pods().map(\.name)).subtracting(["client"])
            #expect(new.count == 6)
            for (index, tally) in tallies.enumerated() {
                #expect(tally.failures.isEmpty, "\(loads[index].name)")
                let own = names[index / 3]
                let wanted = gone.union(new).filter { $0.hasPrefix(own) }
                #expect(wanted.isSubset(of: tally.servers.keys), "\(loads[index].name)")
            }
        }
    }
}
