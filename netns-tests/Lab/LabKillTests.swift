import Glibc
import LabNetwork
import Netlink
import Testing

/// Every process of a cluster, killed in turn under load.
///
/// | killed | what is missed meanwhile |
/// | --- | --- |
/// | API server with controllers and scheduler | changes; not one request |
/// | cluster DNS | names; not one request by address |
/// | node: proxy, overlay, pods' runtime | changes on that node; not one request |
/// | the encrypted path, which is not in use | nothing |
/// | a container's supervisor, or its program | that container, until it is started again, which is at once |
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct LabKillTests {
    private typealias Bed = LabTestBed

    @Test(.timeLimit(.minutes(5)))
    func `whichever process is killed, only what it did itself is missed until it is back`() async throws {
        try await LabTestBed.with { bed in
            try await bed.up("--nodes", "3")
            try await bed.deploy(Bed.deployment("one", 0), Bed.deployment("two", 1))
            let pods = try await bed.pods()
            let client = try #require(pods.first { $0.name == "client" })
            let one = ServiceLoads([
                try bed.load(fromPod: client, to: Bed.clusterIP(0)), try bed.load(fromOutsideTo: 2, 30_080),
            ])
            let two = ServiceLoads([
                try bed.load(fromPod: client, to: Bed.clusterIP(1)), try bed.load(fromOutsideTo: 3, 30_081),
            ])
            let all = ServiceLoads(one.loads + two.loads)
            try await all.more(20)

            for name in ["control-plane", "dns", "node-1", "node-2", "node-3"] {
                try await bed.kill(bed.program(name))
                try await all.more()
                try await bed.up("--nodes", "3")
                #expect(try bed.program(name).isAlive)
                try await all.more()
                all.expectNoFailure("\(name) was killed")
            }
            for number in 1...3 {
                // There is none where the kernel has WireGuard itself.
                guard let process = bed.wireGuard(ofNode: number) else { continue }
                try await bed.kill(process)
                try await eventually("the encrypted path of node-\(number)", within: .seconds(60)) {
                    bed.wireGuard(ofNode: number).map { $0 != process } ?? false
                }
                try await all.more()
                all.expectNoFailure("wireguard-go of node-\(number) was killed")
            }
            #expect(try await bed.pods() == pods)

            try await Self.restart(client, by: bed.container(of: client).supervisor, bed)
            all.expectNoFailure("the supervisor of a pod that is asked nothing was killed")
            for pod in pods where pod.name.hasPrefix("one-") {
                let supervisor = try bed.container(of: pod).supervisor
                try await Self.restart(pod, by: supervisor, bed, asked: one, others: two)
            }
            let restarted = one.now
            for pod in pods where pod.name.hasPrefix("two-") {
                let program = try bed.container(of: pod).initial
                try await Self.restart(pod, by: program, bed, asked: two)
            }
            one.expectNoFailure(since: restarted, "programs of pods of another Service were killed")

            try await Self.expectWhole(bed, pods)
            try await all.more()
            _ = await all.stop("each process killed")
        }
    }

    /// Kills a process of a pod, and waits until the pod is back in its place.
    ///
    /// - Parameters:
    ///   - asked: May fail until then, and not afterwards.
    ///   - others: May not fail at all from now on.
    private static func restart(
        _ pod: Bed.PodFacts,
        by process: LabProcess,
        _ bed: Bed,
        asked: ServiceLoads? = nil,
        others: ServiceLoads? = nil
    ) async throws {
        let (start, othersStart) = (asked?.now ?? .zero, others?.now ?? .zero)
        try await bed.kill(process)
        var wanted = pod
        wanted.restarts += 1
        try await eventually("\(pod.name) to be started again", within: .seconds(60)) {
            try await bed.pods().contains(wanted)
        }
        guard let asked else { return }
        try await bed.expectServed(pod)
        try await asked.answered(by: pod.name)
        let end = asked.now
        try await asked.more(30)
        asked.expectNoFailure(since: end, "\(pod.name) is back")
        print("\(pod.name) killed: \(asked.failures(since: start, until: end)) requests failed in \(end - start)")
        others?.expectNoFailure(since: othersStart, "the supervisor of \(pod.name) was killed")
    }

    /// Expects that all pods are where they were, and that whatever was killed does again what it is there for.
    private static func expectWhole(_ bed: Bed, _ pods: [Bed.PodFacts]) async throws {
        let now = try await bed.pods()
        #expect(now.map(\.uid) == pods.map(\.uid))
        #expect(now.map(\.address) == pods.map(\.address))
        #expect(now.allSatisfy { $0.restarts == 1 && $0.isReady })
        #expect(try await bed.lab("status").status == 0)
        let names = ["one", "two.default.svc.cluster.local"]
        for name in names {
            try await eventually("\(name) to have an address", within: .seconds(60)) {
                let found = try await bed.lab("exec", "pod/default/client", "--", "getent", "hosts", name)
                return found.output.hasPrefix(Bed.clusterIP(name == "one" ? 0 : 1))
            }
        }
        // Controllers, scheduler, pods' runtime and networks, and the proxies.
        try await bed.kubectl("scale", "deployment", "one", "--replicas", "6")
        try await eventually("six pods", within: .seconds(90)) {
            try await bed.pods(of: "one").count { $0.isReady } == 6
        }
        for pod in try await bed.pods(of: "one") { try await bed.expectServed(pod) }
    }
}
