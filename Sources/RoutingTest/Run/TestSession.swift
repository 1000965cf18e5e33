import Glibc
import LabNetwork
import Netlink

/// One file's run: builds the hosts, starts the proxies, makes the flows, and takes everything away.
struct TestSession: Sendable {
    private let test: PreparedTest
    private let options: RoutingTestOptions
    /// What everything that is made is named after.
    private let run: String

    init(_ test: PreparedTest, _ options: RoutingTestOptions, number: Int) {
        self.test = test
        self.options = options
        let prefix = options.keepsHosts ? Leftovers.keptPrefix : Leftovers.prefix
        run = "\(prefix)\(getpid())-\(number)"
    }

    /// Runs the file.
    func run(print: @Sendable (String) -> Void) async -> FileResult {
        let clock = ContinuousClock()
        let start = clock.now
        var result = FileResult(file: test.file.path)
        do {
            result.flows = try await results()
        } catch {
            result.failure = "\(error)"
        }
        if options.keepsHosts, !Task.isCancelled {
            print(keptText())
        } else {
            await Leftovers.remove(run)
        }
        result.duration = clock.now - start
        return result
    }

    private func results() async throws -> [FlowResult] {
        let folder = try RunFolder("\(Leftovers.folder)/\(run)")
        let network = try await TestNetwork(test.plan, prefix: run)
        let proxies = try ProxyPrograms(options.program, test.file, test.plan, test.objects, network, folder)
        let listeners = EchoListener.all(test.plan, test.objects).filter { FlowSocket.isSupported($0.transport) }
        let servers = try EchoServers(listeners, network)
        try await proxies.serve()
        let flows = test.flows.filter { FlowSocket.isSupported($0.target.transport) }
        let engine = FlowEngine(network, test.plan, timeout: options.timeout)
        let runs = await engine.run(flows)
        try Task.checkCancellation()
        var results = zip(flows, runs).map { flow, run in
            let judgement = Judgement(flow, run.observation, test.plan)
            return FlowResult(
                title: flow.title,
                name: flow.name,
                file: test.file.path,
                line: flow.line,
                expected: judgement.expected,
                seen: judgement.seen,
                differences: judgement.differences,
                connections: run.observation.total,
                duration: run.duration
            )
        }
        let explanation = FlowExplanation(network, test.plan, engine, test.file)
        let ended = proxies.ended().flatMap { "\($0)".split(separator: "\n").map(String.init) }
        for (count, index) in results.indices.filter({ !results[$0].isRight }).enumerated() {
            guard count < FlowExplanation.limit else {
                results[index].explanation = [
                    "not asked the kernel: of a file the first \(FlowExplanation.limit) are; see --filter"
                ]
                continue
            }
            results[index].explanation = await explanation.lines(flows[index]) + ended
        }
        try Task.checkCancellation()
        withExtendedLifetime(servers) {}
        return results + skipped()
    }

    /// The flows that this kernel cannot make.
    private func skipped() -> [FlowResult] {
        test.flows.filter { !FlowSocket.isSupported($0.target.transport) }.map { flow in
            FlowResult(
                title: flow.title,
                name: flow.name,
                file: test.file.path,
                line: flow.line,
                expected: "",
                seen: "",
                skipReason: "this kernel has no \(flow.target.transport) (modprobe sctp)"
            )
        }
    }

    private func keptText() -> String {
        let hosts = test.plan.nodes.map(\.name) + test.plan.pods.map(\.pod.name)
        let example = hosts.first ?? "router"
        return """
            The hosts of \(test.file.path) are left as they are, with the proxies:
              ip netns list | grep \(run)                 lists them
              ip netns exec \(run)-\(example) nft list ruleset
              ls \(Leftovers.folder)/\(run)               the proxies' manifests and logs
              trama test --clean                          removes them

            """
    }
}
