import KubeletServer
import Subprocess
import Synchronization
import Testing

/// `kubectl logs` through a real API server.
@Suite(.enabled(if: TestCluster.hasKubectl, "kubectl is not installed"), .timeLimit(.minutes(3)))
struct PodLogTests {
    @Test func `logs are read as far as is asked`() async throws {
        let log = MemoryLog(["one", "two", "three"])
        let pods = TestPods(logs: [
            "default/web/app": log, "default/web/app/previous": MemoryLog(["before"]),
            "default/web/side": MemoryLog(["aside"]), "default/web/setup": MemoryLog(["set up"]),
            "default/single/app": MemoryLog(["only"]),
        ])
        try await TestCluster.run(pods) { cluster in
            try await cluster.makePod("web", containers: ["app", "side"], initial: ["setup"])
            try await cluster.makePod("single")
            try await cluster.makePod("early", node: nil)
            #expect(try await cluster.kubectl("logs", "web", "-c", "app") == "one\ntwo\nthree\n")
            #expect(try await cluster.kubectl("logs", "web", "-c", "app", "--tail=2") == "two\nthree\n")
            #expect(try await cluster.kubectl("logs", "web", "-c", "app", "--limit-bytes=3") == "one")
            #expect(try await cluster.kubectl("logs", "web", "-c", "app", "--previous") == "before\n")
            #expect(try await cluster.kubectl("logs", "web", "-c", "setup") == "set up\n")
            #expect(try await cluster.kubectl("logs", "single") == "only\n")
            #expect(try await cluster.kubectl("logs", "early") == "")
            #expect(try await cluster.kubectl("get", "--raw", "/api/v1/nodes/node-1/proxy/healthz") == "ok")

            for (arguments, words) in [
                (["logs", "none"], #"pods "none" not found"#),
                (["logs", "web", "-c", "x"], "container x is not valid for pod web"),
                (["logs", "single", "--previous"], #"previous terminated container "app" in pod "single" not found"#),
                (
                    ["get", "--raw", "/api/v1/namespaces/default/pods/web/log"],
                    "a container name must be specified for pod web, choose one of: [app side] or one of the init containers: [setup]"
                ),
                (
                    ["get", "--raw", "/api/v1/namespaces/default/pods/single/log?tailLines=-1"],
                    "must be greater than or equal to 0"
                ),
                (["port-forward", "single", "8080:80"], "portforward"),
            ] {
                let ended = try await cluster.end(arguments)
                #expect(ended.code != 0, "\(arguments)")
                #expect(ended.error.contains(words), "\(arguments): \(ended.error)")
            }
        }
    }

    @Test func `a log is followed until the container ends, and as long as somebody reads`() async throws {
        let log = MemoryLog(["one"])
        try await TestCluster.run(TestPods(logs: ["default/web/app": log])) { cluster in
            try await cluster.makePod("web")
            async let all = cluster.kubectl("logs", "-f", "web")
            #expect(await eventually { log.followers == 1 })
            log.print("two")
            // A second reader goes in the middle.
            _ = try await Subprocess.run(
                .name("kubectl"),
                arguments: Arguments(cluster.arguments(["logs", "-f", "web"])),
                input: .none,
                output: .discarded,
                error: .discarded
            ) { execution in
                #expect(await eventually { log.followers == 2 })
                try execution.send(signal: .kill)
            }
            #expect(await eventually { log.followers == 1 })
            log.print("three")
            log.end()
            #expect(try await all == "one\ntwo\nthree\n")
        }
    }

    @Test func `a long log arrives whole`() async throws {
        let line = String(repeating: "x", count: 999)
        let log = MemoryLog((0..<8_000).map { _ in line })
        log.end()
        try await TestCluster.run(TestPods(logs: ["default/web/app": log])) { cluster in
            try await cluster.makePod("web")
            #expect(try await cluster.kubectl("logs", "web").utf8.count == 8_000_000)
        }
    }

    @Test func `a node that does not answer is named, and so is one that is not what it says`() async throws {
        try await TestCluster.run(TestPods(logs: ["default/web/app": MemoryLog(["one"])])) { cluster in
            try await cluster.makePod("web")
            try await cluster.setNode(port: 1)
            let refused = try await cluster.end(["logs", "web"])
            #expect(refused.error.contains("127.0.0.1:1: connect: connection refused"), "\(refused.error)")
            // Another node listens where this one should.
            try await TestKubelet.run(TestPods(), authority: cluster.kubelet.authority, node: "node-2", addresses: []) {
                other in
                try await cluster.setNode(port: other.port)
                // Where the connection's end is seen before the reason of it, that is all that is told.
                var ended = try await cluster.end(["logs", "web"])
                for _ in 0..<10 where ended.error.contains(": EOF") { ended = try await cluster.end(["logs", "web"]) }
                #expect(ended.error.contains("certificate"), "\(ended.error)")
                #expect(ended.code != 0)
            }
        }
    }
}
