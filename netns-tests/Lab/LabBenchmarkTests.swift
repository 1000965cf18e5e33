import Glibc
import LabNetwork
import Testing

/// The benchmark of labs, with little to measure.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct LabBenchmarkTests {
    private static func program() throws -> String {
        try TramaProgram.path().split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/trama-bench"
    }

    @Test(.timeLimit(.minutes(3))) func `every part is measured, and nothing is left of the labs`() async throws {
        let text = try await LabHost.current(name: "here").run([
            Self.program(), "--trama", TramaProgram.path(), "--only", "lab", "--lab-starts", "1", "--lab-pods", "1",
            "--lab-changes", "1", "--rollout-nodes", "1", "--rollout-pods", "2", "--lab-memory", "0",
        ])
        for label in [
            "`lab up`, its start to all nodes Ready", "start of `kubectl apply` to a connection from another node",
            "a Service's port, all nodes, p99", "an endpoint, all nodes, p99", "all processes of the lab (PSS), MiB",
            "`lab down` with all pods, s",
        ] {
            #expect(text.contains("\n\(label)"), "\(label)")
        }
        let left = text.split(separator: "\n").filter { $0.contains("files that differ") }
        #expect(left.count == 2 && left.allSatisfy { $0.hasSuffix(" met") }, "\(text)")
    }

    @Test func `memory is kept from others until the process ends`() async throws {
        let here = try LabHost.current(name: "here")
        let log = "/tmp/trama-occupied-\(getpid())"
        defer { unlink(log) }
        let process = try here.start([Self.program(), "--occupy-bytes", "\(64 << 20)"], log: log)
        defer { process.signal(SIGKILL) }
        try await eventually("the memory to be taken") {
            HostFiles.text(of: log, limit: 4_096)?.contains("occupied") ?? false
        }
        let status = try #require(HostFiles.text(of: "/proc/\(process.id)/status", limit: 65_536))
        #expect(status.contains("VmLck:\t   65536 kB"), "\(status)")
        process.signal(SIGKILL)
        #expect(await LabProcess.wait(for: [process], atMost: .seconds(20)).isEmpty)
    }
}
