import KubeletServer
import Subprocess
import Synchronization
import Testing

/// `kubectl exec` through a real API server.
@Suite(.enabled(if: TestCluster.hasKubectl, "kubectl is not installed"), .timeLimit(.minutes(3)))
struct PodExecTests {
    private static let pods: [String: MemoryLog] = ["default/web/app": MemoryLog()]

    @Test func `commands run, and end as they end`() async throws {
        let pods = TestPods(logs: Self.pods)
        try await TestCluster.run(pods) { cluster in
            try await cluster.makePod("web")
            try await cluster.makePod("other")
            try await cluster.makePod("early", node: nil)
            #expect(try await cluster.kubectl("exec", "web", "--", "echo", "a b", "&", "%2F") == "a b & %2F\n")
            let both = try await cluster.end(["exec", "web", "--", "sh", "-c", "echo out; echo err >&2; exit 3"])
            #expect(both.output == "out\n")
            #expect(both.error.hasPrefix("err\n"))
            #expect(both.error.contains("exit code 3"), "\(both.error)")
            #expect(both.code == 3)
            // What is read is all that was written, and its end is told.
            let text = String(repeating: "line of input\n", count: 40_000)
            #expect(try await cluster.end(["exec", "-i", "web", "--", "cat"], input: text).output == text)
            #expect(try await cluster.end(["exec", "-i", "web", "--", "wc", "-c"], input: text).output == "560000\n")
            for (arguments, words) in [
                (["exec", "none", "--", "ls"], #"pods "none" not found"#),
                (["exec", "web", "-c", "x", "--", "ls"], "container x is not valid for pod web"),
                (["exec", "early", "--", "ls"], "pod early does not have a host assigned"),
                (["exec", "other", "--", "ls"], #"pod "other" in namespace "default" not found"#),
                (["exec", "web", "--", "/no/such/program"], "No such file or directory"),
            ] {
                let ended = try await cluster.end(arguments)
                #expect(ended.code != 0, "\(arguments)")
                #expect(ended.error.contains(words), "\(arguments): \(ended.error)")
            }
            let spdy = try await Subprocess.run(
                .name("kubectl"),
                arguments: Arguments(cluster.arguments(["exec", "web", "--", "ls"])),
                environment: .inherit.updating(["KUBECTL_REMOTE_COMMAND_WEBSOCKETS": "false"]),
                output: .discarded,
                error: .string(limit: 1 << 16)
            )
            #expect(spdy.standardError.contains("exec over SPDY is not served"), "\(spdy.standardError)")
            #expect(pods.sessions.withLock { $0.allSatisfy(\.hasEnded) })
        }
    }

    @Test func `what prints more than is read waits, and nothing is lost`() async throws {
        try await TestCluster.run(TestPods(logs: Self.pods)) { cluster in
            try await cluster.makePod("web")
            let output = try await cluster.kubectl(
                "exec",
                "web",
                "--",
                "sh",
                "-c",
                "head -c 20000000 /dev/zero | tr '\\0' x"
            )
            #expect(output.utf8.count == 20_000_000)
        }
    }

    @Test func `what comes in parts of TLS records is handed on both ways`() async throws {
        try await TestCluster.run(TestPods(logs: Self.pods)) { cluster in
            try await cluster.makePod("web")
            try await DribblingRelay.run(to: cluster.kubelet.port) { nodePort in
                try await cluster.setNode(port: nodePort)
                try await DribblingRelay.run(to: cluster.port) { port in
                    let text = String(repeating: "line of input\n", count: 3_000)
                    let ended = try await cluster.end(
                        ["--server", "https://127.0.0.1:\(port)", "exec", "-i", "web", "--", "cat"],
                        input: text
                    )
                    #expect(ended.output == text, "\(ended.error)")
                }
            }
        }
    }

    @Test func `a client that goes away ends the command`() async throws {
        let pods = TestPods(logs: Self.pods)
        try await TestCluster.run(pods) { cluster in
            try await cluster.makePod("web")
            _ = try await Subprocess.run(
                .name("kubectl"),
                arguments: Arguments(cluster.arguments(["exec", "web", "--", "sleep", "3600"])),
                input: .none,
                output: .discarded,
                error: .discarded
            ) { execution in
                #expect(await eventually { pods.sessions.withLock { $0.count } == 1 })
                try execution.send(signal: .kill)
            }
            #expect(await eventually { pods.sessions.withLock { $0.allSatisfy(\.hasEnded) } })
        }
    }

    @Test func `a terminal is given, and told its size`() async throws {
        let pods = TestPods(logs: Self.pods)
        try await TestCluster.run(pods) { cluster in
            try await cluster.makePod("web")
            // `script` gives kubectl a terminal of its own.
            let command = cluster.arguments(["exec", "-it", "web", "--", "tty"]).joined(separator: " ")
            let result = try await Subprocess.run(
                .name("script"),
                arguments: ["-qec", "stty cols 101 rows 37; kubectl \(command)", "/dev/null"],
                output: .string(limit: 1 << 16),
                error: .string(limit: 1 << 16)
            )
            #expect(result.standardOutput.contains("/dev/pts/"), "\(result.standardOutput) \(result.standardError)")
            let sizes = pods.sessions.withLock { $0.first }?.sizes.withLock { $0 } ?? []
            #expect(sizes.contains([101, 37]), "\(sizes)")
        }
    }
}
