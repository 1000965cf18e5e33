import ArgumentParser
import Logging
import Proxy
import Testing

@testable import trama

@Suite struct ProxyCommandTests {
    @Test("every flag of the table is declared, and hands its value over") func allFlags() throws {
        let arguments = ProxyFlag.all.flatMap { ["--\($0.name)", $0.name] }
        let given = try ProxyCommand.parse(arguments).flags.given
        #expect(given.map(\.name).sorted() == ProxyFlag.all.map(\.name).sorted())
        #expect(given.allSatisfy { $0.name == $0.value })
    }

    @Test(
        "the spellings of Go's flag package are understood",
        arguments: [
            (["-v=4"], "v", "4"), (["-v", "4"], "v", "4"), (["-v4"], "v", "4"), (["--v=4"], "v", "4"),
            (["--masquerade-all"], "masquerade-all", "true"), (["--masquerade-all=false"], "masquerade-all", "false"),
            (["--metrics-bind-address="], "metrics-bind-address", ""),
            (["--oom-score-adj", "-5"], "oom-score-adj", "-5"),
            (["--oom-score-adj=-5"], "oom-score-adj", "-5"),
        ]
    )
    func spellings(arguments: [String], name: String, value: String) throws {
        let command = try ProxyCommand.parse(ProxyFlags.normalizing(arguments))
        #expect(command.flags[name] == value)
    }

    @Test("the proxy is started with the configuration of the flags") func start() async throws {
        let command = try ProxyCommand.parse(["--table-name", "other", "--cluster-cidr", "10.0.0.0/8"])
        var started: ProxyConfiguration?
        try await command.run { configuration, _ in started = configuration }
        #expect(started?.tableName == "other")
    }

    @Test("a proxy that fails ends the process with status 1") func failure() async throws {
        struct Broken: Error {}
        let command = try ProxyCommand.parse(["--cluster-cidr", "10.0.0.0/8"])
        await #expect(throws: ExitCode.failure) { try await command.run { _, _ in throw Broken() } }
    }

    @Test("problems of the configuration are told before anything starts") func badConfiguration() async throws {
        let command = try ProxyCommand.parse(["--oom-score-adj", "5000"])
        await #expect(throws: ConfigurationError.self) { try await command.run { _, _ in } }
    }

    @Test("unknown flags end with the usage status") func unknown() {
        #expect(throws: (any Error).self) { try ProxyCommand.parse(["--nonsense"]) }
        #expect(ProxyCommand.exitCode(for: ValidationError("")).rawValue == 64)
    }
}
