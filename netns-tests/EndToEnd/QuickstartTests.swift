import Netlink
import Testing

/// The first command of the README.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct QuickstartTests {
    @Test func `the quickstart succeeds and leaves nothing behind`() async throws {
        let script = try ChildProcess(
            ["bash", Fixture.repository("examples/quickstart.sh")],
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
        let left = try NamedNamespace.names().filter { $0.hasPrefix("trama-quickstart-\(script.processID)-") }
        #expect(left.isEmpty)
    }
}
