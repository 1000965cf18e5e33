import Glibc
import LabNetwork
import Netlink
import Testing

/// What becomes of Services when a node is lost, and when it comes back.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct LabNodeLossTests {
    /// Of the control plane, in seconds.
    private static let grace = 10
    /// How long it may take until a pod that is lost is in no node's rules any more: the time for which a silent node
    /// counts as alive, and as long as a busy machine needs for the rest.
    private static let limit = Duration.seconds(grace + 30)

    @Test(.timeLimit(.minutes(5)))
    func `endpoints of a lost node leave the others within the grace period, and come back with it`() async throws {
        try await LabTestBed.with { bed in
            let options = ["--nodes", "3", "--no-dns", "--node-monitor-grace-period", "\(Self.grace)"]
            try await bed.run([bed.trama, "lab", "up", "--name", bed.name] + options)
            try await bed.deploy(LabTestBed.deployment("web", 0))
            let pods = try await bed.pods()
            let client = try #require(pods.first { $0.name == "client" })
            let all = ServiceLoads([
                try bed.load(fromPod: client, to: LabTestBed.clusterIP(0)),
                try bed.load(fromNode: 1, to: LabTestBed.clusterIP(0)),
                try bed.load(fromOutsideTo: 1, 30_080),
            ])

            // All that runs on a node is killed.
            let killed = try #require(pods.first { $0.node == "node-2" })
            try await all.answered(by: killed.name)
            all.expectNoFailure("before a node is lost")
            let killTime = all.now
            try await bed.killAll(on: "node-2")
            try await bed.expectServed(killed, false, byNodes: [1, 3], within: Self.limit)
            let leaveTime = all.now
            try await all.more()
            all.expectNoFailure(since: leaveTime, "a killed node's pods are sent nothing any more")
            try await bed.run([bed.trama, "lab", "up", "--name", bed.name] + options)
            try await bed.expectServed(killed)
            try await all.answered(by: killed.name)
            let returnTime = all.now
            try await all.more()
            all.expectNoFailure(since: leaveTime, "a killed node comes back")
            let returned = try await bed.pods()
            #expect(returned.map(\.uid) == pods.map(\.uid))
            #expect(returned.map(\.address) == pods.map(\.address))
            #expect(returned.map(\.restarts) == pods.map { $0.node == "node-2" ? 1 : 0 })

            // A node is cut off from all others, and runs on.
            let parted = try #require(pods.first { $0.node == "node-3" })
            let partTime = all.now
            #expect(try await bed.lab("partition", "node-3", "--from", "rest").status == 0)
            try await bed.expectServed(parted, false, byNodes: [1, 2], within: Self.limit)
            let partLeaveTime = all.now
            try await all.more()
            all.expectNoFailure(since: partLeaveTime, "a parted node's pods are sent nothing any more")
            #expect(try await bed.lab("heal").status == 0)
            try await bed.kubectl("wait", "--for=condition=Ready", "node/node-3", "--timeout", "60s")
            try await bed.expectServed(parted)
            try await all.answered(by: parted.name)
            try await all.more()
            all.expectNoFailure(since: partLeaveTime, "a parted node comes back")
            #expect(try await bed.pods() == returned)

            print(
                "node killed: \(all.failures(since: killTime, until: leaveTime)) requests failed in the "
                    + "\(leaveTime - killTime) until its pods were out, \(all.failures(since: leaveTime, until: returnTime)) "
                    + "afterwards; node parted: \(all.failures(since: partTime, until: partLeaveTime)) in "
                    + "\(partLeaveTime - partTime)"
            )
            _ = await all.stop("node loss")
            // Those that were there all the time were held to be so all the time.
            let template =
                "jsonpath={range .items[?(@.reason==\"NodeNotReady\")]}{.source.component} {.involvedObject.name}{\"\\n\"}{end}"
            let events = try await bed.kubectl("get", "events", "-o", template).split(separator: "\n")
            let silent = Set(events.filter { !$0.hasPrefix("kubelet ") }.compactMap { $0.split(separator: " ").last })
            #expect(silent == ["node-2", "node-3"], "\(events)")
        }
    }
}
