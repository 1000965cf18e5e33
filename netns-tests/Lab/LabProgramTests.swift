import Glibc
import LabNetwork
import Netlink
import Testing

@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct LabProgramTests {
    @Test func `a program runs in the host's network and its output is told apart from its errors`() async throws {
        let host = try await LabHost.makeAnonymous(name: "host")
        let result = try await host.result(of: ["sh", "-c", "readlink /proc/self/ns/net; echo oops >&2; exit 7"])
        #expect(result.output == "net:[\(try host.namespace.identifier())]\n")
        #expect(result.errors == "oops\n")
        #expect(result.status == 7)
        await #expect(throws: ProgramFailure.self) { try await host.run(["false"]) }
    }

    @Test func `input that no pipe holds at once goes through`() async throws {
        let host = try await LabHost.makeAnonymous(name: "host")
        let input = String(repeating: "0123456789abcdef", count: 40_000)
        #expect(try await host.run(["cat"], input: input) == input)
        // One that reads nothing is not waited for.
        #expect(try await host.run(["true"], input: input) == "")
    }

    @Test func `a program has the environment that it is given and no other`() async throws {
        let host = try await LabHost.makeAnonymous(name: "host")
        #expect(try await host.run(["/usr/bin/env"], environment: ["A": "1"]) == "A=1\n")
        #expect(try await host.run(["/usr/bin/env"]).contains("PATH="))
    }

    @Test func `a program that is not there is an error that names it`() async throws {
        let host = try await LabHost.makeAnonymous(name: "host")
        await #expect { try await host.run(["/nowhere/program"]) } throws: { "\($0)".contains("/nowhere/program") }
        #expect(throws: NetlinkError.self) { try host.start(["/nowhere/program"]) }
    }

    @Test func `cancelling the task kills the program with its children`() async throws {
        let host = try await LabHost.makeAnonymous(name: "host")
        let task = Task { try await host.run(["sh", "-c", "sleep 1000 & sleep 1000"]) }
        let begun = try await awaiting {
            (try? host.processes().count) ?? 0
        } until: {
            $0 > 0
        }
        #expect(begun > 0)
        task.cancel()
        await #expect(throws: (any Error).self) { try await task.value }
        #expect(await LabProcess.wait(for: try host.processes(), atMost: .seconds(20)).isEmpty)
    }

    @Test func `a detached program has a session of its own and writes to its log`() async throws {
        let host = try await LabHost.makeAnonymous(name: "host")
        let log = "/tmp/trama-lab-\(getpid()).log"
        defer { unlink(log) }
        let process = try host.start(
            ["sh", "-c", "ps -o sid= -p $$; pwd; ls /proc/self/fd; exec sleep 1000"],
            log: log
        )
        defer { process.signal(SIGKILL) }
        let text = try await awaiting {
            try? await host.run(["cat", log])
        } until: {
            $0?.contains("\n3\n") == true
        }
        let lines = (text ?? "").split(separator: "\n")
        #expect(lines.first.flatMap { Int32($0.filter { $0 != " " }) } == process.id)
        // The fourth descriptor is the folder that `ls` reads.
        #expect(lines.dropFirst() == ["/", "0", "1", "2", "3"])
        #expect(try host.processes().map(\.id) == [process.id])
    }

    @Test func `processes are ended gently and killed where that does not help`() async throws {
        let host = try await LabHost.makeAnonymous(name: "host")
        let gentle = try host.start(["sleep", "1000"])
        let log = "/tmp/trama-stubborn-\(getpid()).log"
        defer { unlink(log) }
        let stubborn = try host.start(["sh", "-c", "trap '' TERM; echo set; while :; do sleep 0.05; done"], log: log)
        defer { stubborn.signal(SIGKILL) }
        let trap = try await awaiting {
            try? await host.run(["cat", log])
        } until: {
            $0 == "set\n"
        }
        #expect(trap == "set\n")
        #expect(gentle.isAlive && stubborn.isAlive)
        #expect(await LabProcess.end([gentle, stubborn], grace: .milliseconds(200)).isEmpty)
        #expect(!gentle.isAlive && !stubborn.isAlive)
    }

    @Test func `a process of the same number that started at another time is let alone`() async throws {
        let host = try await LabHost.makeAnonymous(name: "host")
        let process = try host.start(["sleep", "1000"])
        defer { process.signal(SIGKILL) }
        let other = LabProcess(id: process.id, startTime: process.startTime + 1)
        #expect(!other.isAlive)
        #expect(!other.signal(SIGKILL))
        #expect(process.isAlive)
    }

    private func awaiting<Value>(
        _ value: () async -> Value,
        until holds: (Value) -> Bool
    ) async throws -> Value {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(30)
        while true {
            let found = await value()
            if holds(found) || clock.now > end { return found }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}
