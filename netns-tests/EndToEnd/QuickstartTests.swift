import LabNetwork
import Netlink
import Testing

/// The first command of the README, and the one that shows the proxy alone.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct QuickstartTests {
    @Test func `the quickstart brings a cluster up, asks the guestbook and leaves nothing behind`() async throws {
        let bed = try await LabTestBed()
        let before = try await bed.inventory()
        let script = Fixture.repository("examples/quickstart.sh")
        let result = try await bed.result([
            "env", "TRAMA=\(TramaProgram.path())", "LAB=\(bed.name)", "HOME=/run/home", "bash", script,
        ])
        #expect(result.status == 0, "\(result.output)\n\(result.errors)")
        let lines = result.output.split(separator: "\n")
        for place in ["by name, from a pod", "its ClusterIP, from a node", "its NodePort, from this machine"] {
            let answers = lines.filter { $0.contains(place) }
            #expect(!answers.isEmpty && answers.allSatisfy { $0.contains(" in the book") }, "\(result.output)")
        }
        // What was signed from the pod and from the node is what the outside reads.
        #expect(lines.contains("  Ada") && lines.contains("  Grace"), "\(result.output)")
        // kubectl keeps what it discovered in the home folder.
        _ = try await bed.result(["rm", "-rf", "/run/home"])
        try await bed.expectUnchanged(since: before)
    }

    @Test func `the example of the proxy succeeds and leaves nothing behind`() async throws {
        let script = try ChildProcess(
            ["bash", Fixture.repository("examples/proxy.sh")],
            variables: ["TRAMA=\(TramaProgram.path())", "CONNECTIONS=20"],
            in: .current()
        )
        #expect(try await script.end(within: .seconds(60)) == .exited(0), "\(script.text)")
        // One line for each of ClusterIP and NodePort, TCP and UDP, IPv4 and IPv6; each adds up.
        let answers = script.lines.filter { $0.contains(" times") }
        #expect(answers.count == 6, "\(script.text)")
        for line in answers {
            let words = line.split(separator: " ")
            let counts = words.indices.filter { words[$0].hasPrefix("times") }.compactMap { Int(words[$0 - 1]) }
            #expect(counts.reduce(0, +) == 20, "\(line)")
        }
        let left = try NamedNamespace.names().filter { $0.hasPrefix("trama-proxy-\(script.processID)-") }
        #expect(left.isEmpty)
    }
}
