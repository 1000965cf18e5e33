import Glibc
import Netlink
import Testing

@testable import PodLauncher
@testable import PodRuntime

/// Programs that are started and waited for.
@Suite(.timeLimit(.minutes(1))) struct ProgramRunnerTests {
    private let runner: ProgramRunner

    init() throws { runner = ProgramRunner(watch: try DescriptorWatch()) }

    @Test func `what a program says, and what it is told, goes through`() async throws {
        let outcome = try await runner.run(
            ["/bin/sh", "-c", "cat; cat <&3; echo bad >&2; exit 3"],
            input: Array("given ".utf8),
            request: Array("asked".utf8),
            limit: .seconds(50)
        )
        #expect(outcome == .init(status: 3, output: Array("given asked".utf8), errors: Array("bad\n".utf8)))
    }

    @Test func `of what a program says without end the beginning is kept`() async throws {
        let outcome = try await runner.run(
            ["/bin/sh", "-c", "echo first; head -c 10000000 /dev/zero; exit 4"],
            limit: .seconds(50)
        )
        #expect(outcome.status == 4)
        #expect(outcome.output.starts(with: "first\n".utf8))
        #expect(outcome.output.count == 1 << 20)
    }

    @Test func `a program that does not end is ended, and so are its children`() async throws {
        let outcome = try await runner.run(
            ["/bin/sh", "-c", "sleep 1000 & echo $!; wait"],
            limit: .seconds(1)
        )
        #expect(outcome.status == 128 + SIGKILL)
        // Where the machine is so busy that it did not come to that, there is no child.
        guard let child = Int32(String(decoding: outcome.output.dropLast(), as: UTF8.self)) else { return }
        while ProcessIdentity(number: child) != nil { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test func `a program that leaves somebody with its output is not waited for longer`() async throws {
        let outcome = try await runner.run(
            ["/bin/sh", "-c", "sleep 1000 & echo $!"],
            limit: .seconds(50)
        )
        #expect(outcome.status == 0)
        let child = try #require(Int32(String(decoding: outcome.output.dropLast(), as: UTF8.self)))
        kill(child, SIGKILL)
    }

    @Test func `signals that this process ignores are not ignored by programs`() async throws {
        signal(SIGUSR2, SIG_IGN)
        defer { signal(SIGUSR2, SIG_DFL) }
        let outcome = try await runner.run(["/bin/sh", "-c", "kill -USR2 $$; echo alive"], limit: .seconds(50))
        #expect(outcome.status == 128 + SIGUSR2)
        #expect(outcome.output.isEmpty)
    }
}
