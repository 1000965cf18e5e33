import ArgumentParser
import RoutingTest

/// `trama test`: tests of service routing, without a cluster.
struct TestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Test what becomes of traffic to Services, without a cluster.",
        discussion: """
            A file names nodes, pods, manifests and a table of flows with what is to become of them. The hosts are made as \
            network namespaces, trama proxy programs the real kernel in each node, and real connections are made. For what \
            is not as expected the kernel is asked which rule decided. Needs root.

            Exit status: 0 where everything is as expected; 1 where something is not, or the hosts cannot be made; 64 for \
            a file or arguments that cannot be understood; 130 and 143 after SIGINT and SIGTERM. Nothing is left behind, \
            unless --keep asks for it.
            """
    )

    @Argument(
        help: ArgumentHelp("Files of tests, in YAML.", valueName: "FILE"),
        completion: .file(extensions: ["yaml"])
    )
    var files: [String] = []

    @Flag(help: "Print the flows, and make none of them.")
    var list = false

    @Option(help: ArgumentHelp("Make only flows in whose line, name or file this text stands.", valueName: "TEXT"))
    var filter: String?

    @Option(help: ArgumentHelp("Write the results to this file as JUnit XML.", valueName: "FILE"), completion: .file())
    var junit: String?

    @Option(
        help: ArgumentHelp(
            "How long to wait for an answer, in seconds; where none is expected, a third of that, but a second at least.",
            valueName: "SECONDS"
        )
    )
    var timeout = 3.0

    @Flag(help: "Leave the namespaces and proxies as they are at the end, and print how to enter them.")
    var keep = false

    @Flag(help: "Remove what earlier runs left, also what --keep did, before anything else.")
    var clean = false

    func validate() throws {
        guard clean || !files.isEmpty else {
            throw ValidationError("name a file of tests, such as examples/tests/truth-table.yaml")
        }
        guard (0.1...600).contains(timeout) else { throw ValidationError("--timeout must be from 0.1 to 600 seconds") }
    }

    func run() async throws {
        if clean { await RoutingTestRun.clean() }
        guard !files.isEmpty else { return }
        let options = RoutingTestOptions(
            files: files,
            filter: filter,
            junit: junit,
            keepsHosts: keep,
            timeout: .seconds(timeout),
            usesColor: TestTerminal.hasColor
        )
        let run: RoutingTestRun
        do {
            run = try RoutingTestRun(options)
        } catch {
            TestTerminal.printError("\(error)")
            throw ExitCode(64)
        }
        guard run.flowCount > 0 || filter == nil else {
            TestTerminal.printError(
                "--filter \(filter ?? ""): no flow has that in its line, name or file; --list prints them"
            )
            throw ExitCode(64)
        }
        if list { return print(run.list(), terminator: "") }
        do {
            let status = try await run.runUntilSignalled { TestTerminal.print($0) }
            guard status == 0 else { throw ExitCode(status) }
        } catch let error as ExitCode {
            throw error
        } catch {
            TestTerminal.printError("\(error)")
            throw ExitCode.failure
        }
    }
}
